import type { Path } from '../core/index.js';
import type { Base } from './base.js';
import type { Route, UdpRoute } from './route.js';

export interface VerifiedRouteOwner {
  /** The peer proved to be at the other end of this path. */
  onPathVerified(path: Path): void;
}

/** Ways that authentic messages of the peer came: application data is let through there, and nowhere else (S-29). */
export class VerifiedRoutes {
  private readonly byPath = new Map<Path, UdpRoute>();
  /** Where the last packet came from; the next one mostly does as well. */
  private lastPath: Path | undefined;
  private lastRoute: UdpRoute | undefined;

  constructor(private readonly owner: VerifiedRouteOwner) {}

  /** The route over UDP that packets on `path` take. */
  at(path: Path): UdpRoute | undefined {
    if (path === this.lastPath) return this.lastRoute;
    const route = this.byPath.get(path);
    if (!route) return undefined;
    this.lastPath = path;
    this.lastRoute = route;
    return route;
  }

  /** An authentic message came on this route: so may application data. */
  add(route: Route): void {
    if (route.isVerified) return;
    route.isVerified = true;
    if (route.kind !== 'udp') return;
    this.byPath.set(route.path, route);
    this.owner.onPathVerified(route.path);
  }

  forgetBase(base: Base): void {
    for (const [path, route] of this.byPath) if (route.base === base) this.byPath.delete(path);
    this.lastPath = this.lastRoute = undefined;
  }

  clear(): void {
    this.byPath.clear();
    this.lastPath = this.lastRoute = undefined;
  }
}

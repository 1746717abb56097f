import type { RandomSource } from '../core/index.js';
import { IceControlled, IceControlling, type StunMessage } from '../stun/index.js';
import type { IceRole } from './state.js';

export interface RoleOwner {
  /** The part is another: pairs have other priorities from now on. */
  onRoleSwitched(role: IceRole): void;
  /** It was a conflict with the peer that made it another: whoever owns the agent did not ask for it. */
  onRoleConflictLost(role: IceRole): void;
}

const OTHER: Readonly<Record<IceRole, IceRole>> = { controlling: 'controlled', controlled: 'controlling' };

/** Which part an agent plays, and who gives way when both play the same (RFC 8445 §6.1.1, §7.2.5.1, §7.3.1.1). */
export class RoleKeeper {
  private role: IceRole;
  private ownTieBreaker: bigint;

  constructor(
    role: IceRole,
    private readonly isLite: boolean,
    private readonly random: RandomSource,
    private readonly owner: RoleOwner,
  ) {
    this.role = role;
    this.ownTieBreaker = newTieBreaker(random);
  }

  get current(): IceRole {
    return this.role;
  }

  get tieBreaker(): bigint {
    return this.ownTieBreaker;
  }

  switchTo(role: IceRole): void {
    if (role === this.role) return;
    this.role = role;
    this.owner.onRoleSwitched(role);
  }

  /** Whether the peer claims our role and has to give way; when we have to, we do (RFC 8445 §7.3.1.1). */
  losesConflict(message: StunMessage): boolean {
    const theirs = message.value(this.role === 'controlling' ? IceControlling : IceControlled);
    if (theirs === undefined) return false;
    if (this.isLite) return this.role === 'controlled';
    const isOursLarger = this.ownTieBreaker >= theirs;
    if (isOursLarger === (this.role === 'controlling')) return true;
    this.switchTo(OTHER[this.role]);
    this.owner.onRoleConflictLost(this.role);
    return false;
  }

  /** The peer has refused a check in which we played `role`. */
  onRefused(role: IceRole): void {
    if (role !== this.role) return; // we have changed since
    this.switchTo(OTHER[role]);
    this.ownTieBreaker = newTieBreaker(this.random); // else equal ones would have both sides switch for ever (RFC 8445 §7.2.5.1)
    this.owner.onRoleConflictLost(this.role);
  }
}

function newTieBreaker(random: RandomSource): bigint {
  return (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
}

import { type Bilingual, say } from '../bilingual.js';
import { comparePriority } from './priority.js';
import type { PathModel, Route } from './route.js';

/** Why a pair stands as it stands, in one sentence. */
export function reasonOf(route: Route, model: PathModel): Bilingual {
  switch (route.standing) {
    case 'chosen':
      return whyChosen(route, model);
    case 'works':
      return whyNotChosen(route, model);
    case 'trying':
      return say(`Being tried: ${asked(route)}, no answer yet.`, `시험하고 있어요. ${koAsked(route)} 아직 답이 없어요.`);
    case 'untried':
      return model.chosen
        ? say('Not tried: a better pair was found before its turn.', '시험하지 않았어요. 차례가 오기 전에 더 나은 쌍을 찾았어요.')
        : say('Waits for its turn.', '차례를 기다려요.');
    case 'failed':
      return whyFailed(route);
  }
}

function whyChosen(route: Route, model: PathModel): Bilingual {
  const failedDirect = model.routes.some((other) => other.standing === 'failed' && !isRelayed(other));
  if (isRelayed(route))
    return failedDirect
      ? say(
          'Chosen: the direct ways got no answer, so a relay passes everything on. It sees only encrypted packets.',
          '뽑혔어요. 바로 가는 길에 답이 없어 중계 서버가 모두 전해 줘요. 서버는 암호화된 패킷만 봐요.',
        )
      : say(
          'Chosen: it goes through a relay, which sees only encrypted packets.',
          '뽑혔어요. 중계 서버를 거치며, 서버는 암호화된 패킷만 봐요.',
        );
  const reason = hasHighestPriority(route, model)
    ? say('Of the pairs that answered it has the highest priority.', '답이 온 쌍 가운데 우선순위가 가장 높아요.')
    : decidedBy(model);
  const way =
    !route.via.includes('our-nat') && !route.via.includes('their-nat')
      ? say(
          'Chosen: the shortest way, from device to device without a detour.',
          '뽑혔어요. 기기에서 기기로 바로 가는 가장 짧은 길이에요.',
        )
      : say(
          'Chosen: both sides sent at once, so the routers took the other’s packets for answers and let them in. Nothing goes over a server.',
          '뽑혔어요. 양쪽이 동시에 보내 공유기가 상대의 패킷을 답으로 여기고 들여보냈어요. 서버를 거치지 않아요.',
        );
  return say(`${way.en} ${reason.en}`, `${way.ko} ${reason.ko}`);
}

function hasHighestPriority(route: Route, model: PathModel): boolean {
  return model.routes
    .filter((other) => other.standing === 'works')
    .every((other) => (comparePriority(route, other, model.iceRole) ?? -1) >= 0);
}

function decidedBy({ iceRole }: PathModel): Bilingual {
  if (iceRole === 'controlling')
    return say(
      'This side decides (it is controlling) and found it best.',
      '결정권이 있는 이쪽(controlling)이 가장 낫다고 보았어요.',
    );
  if (iceRole === 'controlled')
    return say(
      'The other side decides (it is controlling) and found it best.',
      '결정권이 있는 상대(controlling)가 가장 낫다고 보았어요.',
    );
  return say('The controlling side found it best.', '결정권이 있는 쪽(controlling)이 가장 낫다고 보았어요.');
}

function whyNotChosen(route: Route, model: PathModel): Bilingual {
  const { chosen } = model;
  if (!chosen) return say('It works; the choice is not made yet.', '통해요. 아직 고르기 전이에요.');
  if (isRelayed(route) && !isRelayed(chosen))
    return say(
      'It works, but takes the detour over a relay; the chosen one is direct.',
      '통하지만 중계 서버로 돌아가는 길이에요. 뽑힌 길은 바로 가요.',
    );
  if ((comparePriority(chosen, route, model.iceRole) ?? 0) > 0)
    return say(
      'It works and stays in reserve; the chosen one has the higher priority.',
      '통하며 예비로 둬요. 뽑힌 쌍의 우선순위가 더 높아요.',
    );
  return say('It works and stays in reserve.', '통하며 예비로 둬요.');
}

function whyFailed(route: Route): Bilingual {
  if (route.local.protocol === 'tcp' || route.remote.protocol === 'tcp')
    return say('Failed: the TCP connection was not taken.', '실패했어요. TCP 연결을 받아 주지 않았어요.');
  if (
    route.local.address.includes(':') !== route.remote.address.includes(':') &&
    !/\.local$/.test(route.local.address + route.remote.address)
  )
    return say('Failed: one end speaks IPv4 and the other IPv6.', '실패했어요. 한쪽은 IPv4, 다른 쪽은 IPv6예요.');
  if ((route.pair.responsesReceived ?? 0) > 0)
    return say(
      `Failed: it answered once, then no more (${asked(route)}).`,
      `실패했어요. 한 번 답한 뒤 답이 없었어요(${koAsked(route)}).`,
    );
  return say(
    `Failed: ${asked(route)}, nothing came back. A firewall or router in between drops it.`,
    `실패했어요. ${koAsked(route)} 돌아온 것이 없어요. 사이의 방화벽이나 공유기가 막아요.`,
  );
}

/** Whether a relay is on the way. */
export function isRelayed(route: Route): boolean {
  return route.via.includes('our-relay') || route.via.includes('their-relay');
}

function asked(route: Route): string {
  const count = route.pair.requestsSent;
  if (count === undefined || count === 0) return 'asked';
  return `asked ${count} time${count === 1 ? '' : 's'}`;
}

function koAsked(route: Route): string {
  const count = route.pair.requestsSent;
  return count === undefined || count === 0 ? '물었으나' : `${count}번 물었으나`;
}

import { MaruError } from '@maru/client';
import { describe, expect, test } from 'vitest';
import { FakeDirectCall } from './testing/fake-direct-call.js';
import { DirectVisit } from './visit.js';

const kindOf = (code: string) => (code.startsWith('invite') ? 'invite' : code.startsWith('answer') ? 'answer' : undefined);

function visitWith(failure?: MaruError) {
  const calls: FakeDirectCall[] = [];
  const visit = new DirectVisit(() => {
    const call = new FakeDirectCall(failure);
    calls.push(call);
    return call;
  }, kindOf);
  return { visit, calls };
}

describe('the first person', () => {
  test('invites, takes the answer and is in the call', async () => {
    const { visit } = visitWith();
    await visit.invite();
    expect(visit.step).toEqual({ name: 'invited', invite: 'invite-1' });
    expect(await visit.take('answer-to-invite-1')).toBe(true);
    expect(visit.step).toEqual({ name: 'joined' });
  });
  test('who pastes their own invitation is told that the answer is needed, and may go on', async () => {
    const { visit } = visitWith();
    await visit.invite();
    expect(await visit.take('invite-1')).toBe(false);
    expect(visit.step).toMatchObject({ name: 'invited', problem: 'needs-answer' });
    expect(await visit.take('answer-to-invite-1')).toBe(true);
  });
  test('an answer to another invitation leaves the invitation standing', async () => {
    const { visit } = visitWith();
    await visit.invite();
    expect(await visit.take('answer-to-invite-2')).toBe(false);
    expect(visit.step).toMatchObject({ name: 'invited', invite: 'invite-1', problem: 'not-ours' });
  });
  test('noise is told to be no code', async () => {
    const { visit } = visitWith();
    await visit.invite();
    await visit.take('noise');
    expect(visit.step).toMatchObject({ name: 'invited', problem: 'not-a-code' });
  });
});

describe('the second person', () => {
  test('takes the invitation, answers, and joins by itself', async () => {
    const { visit, calls } = visitWith();
    expect(await visit.take('invite-1')).toBe(true);
    expect(visit.step).toEqual({ name: 'was-invited', invite: 'invite-1' });
    await visit.answer();
    expect(visit.step).toEqual({ name: 'answered', answer: 'answer-to-invite-1' });
    calls[0]!.connect();
    expect(visit.step).toEqual({ name: 'joined' });
  });
  test('who opens with an answer is told that an invitation is needed', async () => {
    const { visit } = visitWith();
    expect(await visit.take('answer-1')).toBe(false);
    expect(visit.step).toEqual({ name: 'start', problem: 'needs-invite' });
  });
  test('a code of a newer version says so', async () => {
    const { visit, calls } = visitWith(new MaruError('direct/code-too-new', ''));
    await visit.take('invite-1');
    await visit.answer();
    expect(visit.step).toEqual({ name: 'start', problem: 'too-new' });
    expect(calls[0]!.left).toBe(true);
  });
  test('when no way is found, the start comes back and says so', async () => {
    const { visit, calls } = visitWith();
    await visit.take('invite-1');
    await visit.answer();
    calls[0]!.lose();
    expect(visit.step).toEqual({ name: 'start', problem: 'no-way' });
  });
});

test('a call that ends says why', async () => {
  const { visit, calls } = visitWith();
  await visit.invite();
  await visit.take('answer-to-invite-1');
  calls[0]!.lose();
  expect(visit.step).toMatchObject({ name: 'over', reason: { type: 'lost' } });
});

test('starting anew lets the old call go, and what it says later is not heard', async () => {
  const { visit, calls } = visitWith();
  await visit.invite();
  visit.restart();
  expect(calls[0]!.left).toBe(true);
  calls[0]!.connect();
  calls[0]!.lose();
  expect(visit.step).toEqual({ name: 'start' });
});

test('media is offered each new call before it does anything', async () => {
  const { visit, calls } = visitWith();
  const seen: string[] = [];
  visit.onCall = (call) => seen.push(call.state);
  await visit.invite();
  expect(seen).toEqual(['new']);
  expect(calls).toHaveLength(1);
});

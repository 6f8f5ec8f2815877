import { expect, test } from 'vitest';
import { isTime, steps } from './dashboard';

test('minutes without a row are zero, and many minutes are one step, by their mean', () => {
  const minute = 60_000;
  expect(steps([[1, 5], [3, 7]], { from: minute, to: 4 * minute }).values).toEqual([5, 0, 7]);
  const long = steps([[0, 1], [1, 2], [59, 3]], { from: 0, to: 60 * minute }, 30);
  expect([long.at.length, long.values[0], long.values.at(-1)]).toEqual([30, 1.5, 1.5]);
});

test('what is a time', () => {
  expect(isTime({ name: 'last', kind: 'Value' }, 1_795_290_000_000)).toBe(true);
  expect(isTime({ name: 'events', kind: 'Value' }, 12)).toBe(false);
  expect(isTime({ name: 'last', kind: 'Value' }, '1795290000000')).toBe(false);
});

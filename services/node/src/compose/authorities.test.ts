// Goal: a node takes only requests that were signed for it. Method: the names of each kind of address.
import { expect, it } from 'vitest';
import { authoritiesOf } from './authorities.ts';

it.each([
  ['127.0.0.1', 8448, ['127.0.0.1:8448', '[::1]:8448', 'localhost:8448']],
  ['Books.example', 8448, ['books.example:8448']],
  ['10.0.0.7', 80, ['10.0.0.7', '10.0.0.7:80']],
  ['0.0.0.0', 8448, []],
  ['::', 8448, []],
])('%s port %i', (host, port, authorities) => {
  expect(authoritiesOf(host, port)).toEqual(authorities);
});

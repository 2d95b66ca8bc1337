// Goal: whatever a node or something before it says, the caller gets a reason. Method: sample texts.
import { expect, it } from 'vitest';
import { parseProblem, RefusedByNode } from './node-problem.ts';

it('reads the members of a problem document', () => {
  const text = '{"type":"urn:atomicity:refusal:x","reason":"x","field":"/a","rule":"b","facts":{}}';
  expect(parseProblem(422, text)).toEqual({ status: 422, reason: 'x', field: '/a', rule: 'b' });
});

it('reads the facts that are numbers or texts', () => {
  const text = '{"reason":"x","facts":{"expected":2,"party":"pk","deep":{}}}';
  expect(parseProblem(422, text).facts).toEqual({ expected: 2, party: 'pk' });
});

it.each(['', '<html>', '[]', 'null', '{"reason":5}'])('says so when %j is none', (text) => {
  expect(parseProblem(502, text)).toEqual({
    status: 502,
    reason: 'not_a_problem_document',
    field: undefined,
    rule: undefined,
  });
});

it('puts reason, field and rule into the message', () => {
  const problem = { status: 422, reason: 'x', field: '', rule: 'b' };
  expect(new RefusedByNode(problem).message).toBe('x: b');
});

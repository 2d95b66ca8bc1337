/** Why a payload is refused, in the order of precedence. */
export const STATE_DIFF_REFUSALS = [
  { reason: 'too_short', rule: 'a payload has 31 bytes of root and a header' },
  { reason: 'unknown_format', rule: 'the format byte is 0x10 … 0x13' },
  {
    reason: 'malformed_header',
    rule: 'registry size and count are shortest varints of 5 bytes or less',
  },
  { reason: 'registry_too_large', rule: 'a registry has at most 2^32 edges' },
  { reason: 'too_many_diffs', rule: 'a payload has at most 262,144 diffs' },
  { reason: 'more_diffs_than_edges', rule: 'an edge has one diff' },
  { reason: 'truncated', rule: 'the columns end with the last diff' },
  { reason: 'edge_out_of_range', rule: 'an edge is below the registry size' },
  { reason: 'moves_out_of_range', rule: 'moves is 1 … 2^32−1' },
  {
    reason: 'delta_out_of_range',
    rule: 'a delta is −2^63+1 … 2^63−1, in the one form of its mode',
  },
  { reason: 'flags_out_of_range', rule: 'flags is 0 … 2^16−1' },
  { reason: 'not_canonical', rule: 'the bytes are those that the encoder gives' },
  { reason: 'root_mismatch', rule: 'the first 31 bytes are those of the root over the diffs' },
] as const;

export type StateDiffRefusal = (typeof STATE_DIFF_REFUSALS)[number]['reason'];

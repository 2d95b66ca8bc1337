/** Parent to the snarkjs process. Sent over a pipe: entropy touches no disk and no command line. */
export type Phase2Request =
  | { readonly kind: 'first'; readonly r1cs: string; readonly powers: string; readonly out: string }
  | {
      readonly kind: 'contribute';
      readonly from: string;
      readonly out: string;
      readonly name: string;
      readonly entropy: string;
    }
  | {
      readonly kind: 'beacon';
      readonly from: string;
      readonly out: string;
      readonly name: string;
      readonly randomness: string;
      readonly iterationsLog: number;
    }
  | {
      readonly kind: 'check';
      readonly initial: string;
      readonly powers: string;
      readonly key: string;
    };

/** The snarkjs process to its parent. */
export type Phase2Reply =
  | { readonly kind: 'progress'; readonly label: string; readonly fraction: number }
  /** `complaint`: what snarkjs said last, for a check that fails. */
  | { readonly kind: 'done'; readonly holds: boolean; readonly complaint: string }
  | { readonly kind: 'failed'; readonly message: string };

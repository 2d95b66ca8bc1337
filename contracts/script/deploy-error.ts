/** Why a deployment stops; what was deployed before it stays and can be reused. */
export type DeployFailure =
  /** A key whose secrets are published, on a chain that is not for development. Nothing was sent. */
  | 'development_key_refused'
  /** A deployment's transaction was reverted. */
  | 'deployment_reverted'
  /** The chain has other code at the address than the one that was compiled. */
  | 'code_mismatch'
  /** The registry or a verifier answers otherwise than it was deployed. */
  | 'wiring_mismatch'
  /** The private key's file is not one, or others may read it. Nothing was sent. */
  | 'private_key_refused'
  /** An option is missing or malformed. Nothing was sent. */
  | 'option_malformed';

export class DeployError extends Error {
  readonly code: DeployFailure;

  constructor(code: DeployFailure, message: string) {
    super(message);
    this.name = 'DeployError';
    this.code = code;
  }
}

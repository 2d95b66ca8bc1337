/** Names under which the parts of the service are injected. */
export const INTAKE = Symbol('Intake');
export const GUARD = Symbol('RequestGuard');
export const QUERIES = Symbol('Queries');
export const LOG_VIEW = Symbol('LogView');
export const ANCHORS = Symbol('AnchorList');
export const PEER_GATE = Symbol('PeerGate');
export const RECEIPTS = Symbol('ReceiptDesk');
export const SUMMARIES = Symbol('PeriodSummaries');
export const OPERATIONS = Symbol('Operations');

"""The reference library's view of OpenTimestamps proofs, for the cross-check of our codec.

Reads one JSON request a line, writes one JSON answer a line.

  {"do": "read", "hex": "..."}   what a proof says, and its bytes written again
  {"do": "write", "seed": 1}     a random proof made by the library
  {"do": "submit", "url": "...", "digest": "..."}          as its client submits
  {"do": "timestamp", "url": "...", "commitment": "..."}   as its client upgrades

Needs Debian's python3-opentimestamps.
"""

import json
import random
import sys

from opentimestamps.calendar import CommitmentNotFoundError, RemoteCalendar
from opentimestamps.core.notary import (
    BitcoinBlockHeaderAttestation,
    PendingAttestation,
    UnknownAttestation,
)
from opentimestamps.core.op import (
    OpAppend,
    OpHexlify,
    OpKECCAK256,
    OpPrepend,
    OpRIPEMD160,
    OpSHA1,
    OpSHA256,
)
from opentimestamps.core.serialize import (
    BytesDeserializationContext,
    BytesSerializationContext,
    DeserializationError,
)
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp


def described(message, attestation):
    if isinstance(attestation, PendingAttestation):
        what = {"kind": "pending", "uri": attestation.uri}
    elif isinstance(attestation, BitcoinBlockHeaderAttestation):
        what = {"kind": "bitcoin", "height": attestation.height}
    else:
        context = BytesSerializationContext()
        attestation._serialize_payload(context)
        what = {
            "kind": "unknown",
            "tag": attestation.TAG.hex(),
            "payload": context.getbytes().hex(),
        }
    return {"message": message.hex(), "attestation": what}


def attested(timestamp):
    return [described(message, one) for message, one in timestamp.all_attestations()]


def written(proof):
    context = BytesSerializationContext()
    proof.serialize(context)
    return context.getbytes().hex()


def read(request):
    try:
        proof = DetachedTimestampFile.deserialize(
            BytesDeserializationContext(bytes.fromhex(request["hex"]))
        )
    except (DeserializationError, ValueError) as error:
        return {"refused": type(error).__name__}
    return {
        "digest": proof.file_digest.hex(),
        "hash": str(proof.file_hash_op),
        "attested": attested(proof.timestamp),
        "hex": written(proof),
    }


def grow(rng, stamp, depth):
    def some_bytes(most):
        return bytes(rng.randrange(256) for _ in range(rng.randint(1, most)))

    attestations = [
        lambda: PendingAttestation("https://%s.example.org" % some_bytes(6).hex()),
        lambda: BitcoinBlockHeaderAttestation(rng.choice([0, 127, 128, 358391, 2**31])),
        lambda: UnknownAttestation(b"\xaa" + bytes(7), some_bytes(30)),
    ]
    operations = [
        lambda: OpAppend(some_bytes(40)),
        lambda: OpPrepend(some_bytes(40)),
        OpSHA256,
        OpSHA1,
        OpRIPEMD160,
        OpKECCAK256,
        OpHexlify,
    ]
    for _ in range(rng.randint(0, 2) if depth else rng.randint(1, 3)):
        stamp.attestations.add(rng.choice(attestations)())
    for _ in range(rng.randint(1, 3) if depth else 0):
        grow(rng, stamp.ops.add(rng.choice(operations)()), rng.randrange(depth))


def write(request):
    rng = random.Random(request["seed"])
    hash_op = rng.choice([OpSHA256, OpSHA1, OpRIPEMD160, OpKECCAK256])()
    digest = bytes(rng.randrange(256) for _ in range(hash_op.DIGEST_LENGTH))
    proof = DetachedTimestampFile(hash_op, Timestamp(digest))
    grow(rng, proof.timestamp, rng.randint(1, 5))
    return {"hex": written(proof), "attested": attested(proof.timestamp)}


def submit(request):
    stamp = RemoteCalendar(request["url"]).submit(bytes.fromhex(request["digest"]), timeout=60)
    return {"attested": attested(stamp)}


def timestamp(request):
    try:
        stamp = RemoteCalendar(request["url"]).get_timestamp(
            bytes.fromhex(request["commitment"]), timeout=60
        )
    except CommitmentNotFoundError as error:
        return {"not_found": error.reason}
    return {"attested": attested(stamp)}


ACTIONS = {"read": read, "write": write, "submit": submit, "timestamp": timestamp}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(ACTIONS[request["do"]](request)), flush=True)

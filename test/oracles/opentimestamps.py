"""The reference library's view of OpenTimestamps proofs, for the cross-check of our codec.

Reads one JSON request a line, writes one JSON answer a line.

  {"do": "read", "hex": "..."}   what a proof says, and its bytes written again
  {"do": "write", "seed": 1}     a random proof made by the library
  {"do": "submit", "url": "...", "digest": "..."}          as its client submits
  {"do": "timestamp", "url": "...", "commitment": "..."}   as its client upgrades
  {"do": "stamp", "shape": "...", "urls": [...], "seed": 1}  a pending file, promised by calendars
  {"do": "upgrade", "hex": "...", "urls": [...]}           that file, upgraded by the library
  {"do": "verify", "hex": "...", "header": "..."}          its verdict on every Bitcoin attestation
  {"do": "block", "digest": "...", "block": "...", "height": 1}  its own path through a block

Needs Debian's python3-opentimestamps, which brings python3-bitcoinlib.
"""

import json
import random
import sys

from bitcoin.core import CBlock, CBlockHeader
from opentimestamps.bitcoin import make_timestamp_from_block
from opentimestamps.calendar import CommitmentNotFoundError, RemoteCalendar
from opentimestamps.core.notary import (
    BitcoinBlockHeaderAttestation,
    PendingAttestation,
    UnknownAttestation,
    VerificationError,
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


HASHES = {
    "sha256": OpSHA256,
    "sha1": OpSHA1,
    "ripemd160": OpRIPEMD160,
    "keccak256": OpKECCAK256,
}


def stamp(request):
    rng = random.Random(request["seed"])

    def some_bytes(size):
        return bytes(rng.randrange(256) for _ in range(size))

    shape = request["shape"]
    hash_op = HASHES.get(shape, OpSHA256)()
    proof = DetachedTimestampFile(hash_op, Timestamp(some_bytes(hash_op.DIGEST_LENGTH)))
    if shape == "forked":
        aside = proof.timestamp.ops.add(OpKECCAK256()).ops.add(OpHexlify())
        aside.attestations.add(UnknownAttestation(b"\xaa" + bytes(7), some_bytes(20)))
        aside.attestations.add(PendingAttestation("https://gone.example.org"))
        deeper = aside.ops.add(OpPrepend(some_bytes(9)))
        deeper.attestations.add(PendingAttestation("https://gone.example.org"))
    hidden = proof.timestamp.ops.add(OpAppend(some_bytes(16))).ops.add(OpSHA256())
    for url in request["urls"]:
        hidden.merge(RemoteCalendar(url).submit(hidden.msg, timeout=60))
    return {"hex": written(proof), "digest": proof.file_digest.hex()}


def stamps_with_pending(timestamp):
    if any(isinstance(one, PendingAttestation) for one in timestamp.attestations):
        yield timestamp
    for following in timestamp.ops.values():
        yield from stamps_with_pending(following)


def upgrade(request):
    proof = DetachedTimestampFile.deserialize(
        BytesDeserializationContext(bytes.fromhex(request["hex"]))
    )
    for pending in list(stamps_with_pending(proof.timestamp)):
        for url in request["urls"]:
            try:
                pending.merge(RemoteCalendar(url).get_timestamp(pending.msg, timeout=60))
            except CommitmentNotFoundError:
                pass
    return {"hex": written(proof), "attested": attested(proof.timestamp)}


def verify(request):
    proof = DetachedTimestampFile.deserialize(
        BytesDeserializationContext(bytes.fromhex(request["hex"]))
    )
    header = CBlockHeader.deserialize(bytes.fromhex(request["header"]))
    verdicts = []
    for message, one in proof.timestamp.all_attestations():
        if isinstance(one, BitcoinBlockHeaderAttestation):
            try:
                verdicts.append(one.verify_against_blockheader(message, header))
            except VerificationError as error:
                verdicts.append(str(error))
    return {"verdicts": verdicts, "hash": header.GetHash()[::-1].hex()}


def block(request):
    path = make_timestamp_from_block(
        bytes.fromhex(request["digest"]),
        CBlock.deserialize(bytes.fromhex(request["block"])),
        request["height"],
    )
    context = BytesSerializationContext()
    path.serialize(context)
    return {"hex": context.getbytes().hex()}


ACTIONS = {
    "read": read,
    "write": write,
    "submit": submit,
    "timestamp": timestamp,
    "stamp": stamp,
    "upgrade": upgrade,
    "verify": verify,
    "block": block,
}

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(ACTIONS[request["do"]](request)), flush=True)

/** Kafka's request types (protocol guide, "API keys"): sends, commits, and the question with which every connection begins. */
export const PRODUCE = 0;
export const OFFSET_COMMIT = 8;
export const API_VERSIONS = 18;

/** What becomes of requests, by their API key. @default - they are handed on */
export interface RequestsOf {
  readonly holds?: (apiKey: number) => boolean;
  readonly swallows?: (apiKey: number) => boolean;
}
const NONE = () => false;

/**
 * One client connection as Kafka frames, read only as far as needed to lose an answer, or to hold a request: which kind.
 * A frame is a length (int32) and that many bytes. A request begins with API key, version (int16 each) and
 * correlation id (int32); its answer begins with the same correlation id.
 */
export class KafkaConversation {
  private readonly asked = new Map<number, number>();
  private readonly requestFrames = new Frames(REQUEST_HEAD);
  private readonly answerFrames = new Frames(ANSWER_HEAD);
  private readonly kept: Buffer[] = [];
  private holding = false;
  /** The frame under way is kept from the broker. */
  private swallowing = false;
  private lost = false;

  /**
   * Notes the requests that will be answered. The bytes to hand on to the broker: as soon as `holds` is true for a request,
   * it and all after it are kept until `release`. One that is swallowed goes nowhere: those around it are whole without it.
   */
  requests(bytes: Buffer, { holds = NONE, swallows = NONE }: RequestsOf = {}): Buffer {
    const pass: Buffer[] = [];
    for (const piece of this.requestFrames.cut(bytes)) {
      if (piece.head) this.swallowing = false;
      if (piece.head && piece.bytes.length >= ANSWERED_FROM) {
        const apiKey = piece.bytes.readInt16BE(4);
        this.swallowing = swallows(apiKey);
        if (!this.swallowing && isAnswered(piece.bytes)) this.asked.set(piece.bytes.readInt32BE(8), apiKey);
        this.holding ||= holds(apiKey);
      }
      if (this.swallowing) continue;
      (this.holding ? this.kept : pass).push(piece.bytes);
    }
    return pass.length === 1 ? pass[0]! : Buffer.concat(pass);
  }

  /** The bytes of the requests that were held. */
  release(): Buffer {
    this.holding = false;
    return Buffer.concat(this.kept.splice(0));
  }

  /**
   * The bytes to hand on to the client. As soon as `lose` is true for an answer, that answer and all after it are
   * kept back, and `lose` is asked no more: in a stream, nothing arrives after a hole.
   */
  answers(bytes: Buffer, lose: (apiKey: number) => boolean): { readonly pass: Buffer; readonly lost: boolean } {
    const pass: Buffer[] = [];
    for (const piece of this.answerFrames.cut(bytes)) {
      if (piece.head && piece.bytes.length >= ANSWER_HEAD) this.lost ||= this.answerIsLost(piece.bytes, lose);
      if (!this.lost) pass.push(piece.bytes);
    }
    return { pass: pass.length === 1 ? pass[0]! : Buffer.concat(pass), lost: this.lost };
  }

  private answerIsLost(head: Buffer, lose: (apiKey: number) => boolean): boolean {
    const correlationId = head.readInt32BE(4);
    const apiKey = this.asked.get(correlationId);
    this.asked.delete(correlationId);
    return apiKey !== undefined && lose(apiKey);
  }
}

/** Length and correlation id. */
const ANSWER_HEAD = 8;
/** Length, API key, version and correlation id. */
const ANSWERED_FROM = 12;
/** Enough of a Produce request to reach `acks` behind client id and transactional id, in bytes. */
const REQUEST_HEAD = 1024;
/** The first version of Produce whose header and body are "flexible": tagged fields, compact strings. */
const FLEXIBLE_PRODUCE = 9;

/** Every request is answered, except a Produce with acks=0. One whose `acks` lies beyond the head counts as answered. */
function isAnswered(head: Buffer): boolean {
  if (head.readInt16BE(4) !== PRODUCE) return true;
  const version = head.readInt16BE(6);
  const acksAt = version >= FLEXIBLE_PRODUCE ? acksInFlexible(head) : acksInClassic(head, version);
  return acksAt + 2 > head.length || head.readInt16BE(acksAt) !== 0;
}

function acksInClassic(head: Buffer, version: number): number {
  const afterClientId = skipString(head, ANSWERED_FROM);
  return version >= 3 ? skipString(head, afterClientId) : afterClientId;
}

/** Tagged fields are empty in every known client; one that fills them moves `acks` and is read as answered or not. */
function acksInFlexible(head: Buffer): number {
  const tags = skipString(head, ANSWERED_FROM);
  const transactionalId = tags + 1;
  const lengthPlusOne = transactionalId < head.length ? head.readUInt8(transactionalId) : 0;
  return transactionalId + 1 + Math.max(0, lengthPlusOne - 1);
}

/** Past a nullable string: int16 length (−1: null) and its bytes. */
const skipString = (head: Buffer, at: number): number =>
  at + 2 > head.length ? head.length : at + 2 + Math.max(0, head.readInt16BE(at));

interface Piece {
  /** True for the first bytes of a frame, its length included. */
  readonly head: boolean;
  readonly bytes: Buffer;
}

/** Larger than any request or answer a broker accepts (`socket.request.max.bytes` is 100 MiB); beyond it, no Kafka. */
const LARGEST_FRAME = 256 * 1024 * 1024;

/** Cuts a stream into heads and rests of frames. Holds back no more than one incomplete head. */
class Frames {
  private head: Buffer = Buffer.alloc(0);
  /** Bytes of the current frame behind its head that are still to come; Infinity: not Kafka, all of it is rest. */
  private left = 0;

  constructor(private readonly headLength: number) {}

  cut(bytes: Buffer): Piece[] {
    const pieces: Piece[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      if (this.left === 0) rest = this.takeHead(rest, pieces);
      const taken = rest.subarray(0, this.left);
      if (taken.length > 0) pieces.push({ head: false, bytes: taken });
      this.left -= taken.length;
      rest = rest.subarray(taken.length);
    }
    return pieces;
  }

  private takeHead(bytes: Buffer, pieces: Piece[]): Buffer {
    const before = this.head.length;
    this.head = Buffer.concat([this.head, bytes.subarray(0, this.headLength - before)]);
    if (this.head.length < 4) return Buffer.alloc(0);
    const frame = 4 + this.head.readInt32BE(0);
    if (frame < 4 || frame > LARGEST_FRAME) {
      this.left = Infinity;
    } else {
      const wanted = Math.min(frame, this.headLength);
      if (this.head.length < wanted) return Buffer.alloc(0);
      this.head = this.head.subarray(0, wanted);
      this.left = frame - wanted;
    }
    const { length } = this.head;
    pieces.push({ head: this.left !== Infinity, bytes: this.head });
    this.head = Buffer.alloc(0);
    return bytes.subarray(length - before);
  }
}

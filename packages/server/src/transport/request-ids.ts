import { randomBytes } from 'node:crypto';

const ACCEPTABLE = /^[\w.:\-+/=@]{1,128}$/;

/** A request's name in logs and answers: the caller's `X-Request-Id` where that is harmless, else one of our own. */
export class RequestIds {
  /** Different for every process, so that ids of two servers behind one balancer differ. */
  readonly #prefix = `${randomBytes(5).toString('hex')}-`;
  #count = 0;

  /** `given`: the header, where there is one. */
  of(given: string | readonly string[] | undefined): string {
    if (typeof given === 'string' && ACCEPTABLE.test(given)) return given;
    return this.#prefix + (this.#count++).toString(36);
  }
}

import 'reflect-metadata';
import { Controller, Get, HttpCode, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { ENDPOINTS } from './endpoints.ts';

/**
 * Makes a class a Nest controller: each of its methods whose name is an endpoint's id is routed as
 * the endpoint table says and is given the request and the reply. `tokens` are injected into the
 * constructor in order. Decorators are applied as functions, so that the sources run without a
 * build step (Node strips types but knows no decorators).
 */
export function controller<T>(target: Type<T>, tokens: readonly symbol[]): Type<T> {
  Controller()(target);
  tokens.forEach((token, i) => {
    Inject(token)(target, undefined, i);
  });
  for (const { id, method, path, response } of ENDPOINTS) {
    const descriptor = Object.getOwnPropertyDescriptor(target.prototype, id);
    if (descriptor === undefined) continue;
    Req()(target.prototype, id, 0);
    Res({ passthrough: true })(target.prototype, id, 1);
    HttpCode(response.status)(target.prototype, id, descriptor);
    const route = method === 'GET' ? Get(path) : Post(path);
    route(target.prototype, id, descriptor);
  }
  return target;
}

/** Ids of the endpoints that a controller class answers. */
export function endpointsOf(target: Type<unknown>): readonly string[] {
  return ENDPOINTS.filter(({ id }) => Object.hasOwn(target.prototype, id)).map(({ id }) => id);
}

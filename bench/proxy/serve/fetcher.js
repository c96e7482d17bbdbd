// A contender as a function of a request, where the runtime's own fetch is its best.
import { byFetch, hono } from "../contenders/hono.js";
import { ours } from "../contenders/ours.js";
import { pass } from "../contenders/pass.js";

const MAKE = {
  ours: (settings) => ours(settings).fetch,
  hono: (settings) => hono(settings, byFetch(settings.upstream)).fetch,
  pass,
};

export const fetcher = (contender, settings) => MAKE[contender](settings);

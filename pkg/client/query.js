// Types only: see query.d.ts.
export {};

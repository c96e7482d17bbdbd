/** Thrown by an identity provider for a token that isn't valid: the caller gets 401 and never becomes a visitor. */
export class InvalidToken extends Error {
  name = "InvalidToken";
}

export const VISITOR = Object.freeze({ role: "visitor" });

// What `loyalty-edge/proxy` offers in every runtime, beside `createProxy`, which each entry in load/ makes.
export { apiKey } from "./credential/api-key.js";
export { app } from "./credential/app.js";
export { elevate } from "./credential/elevate.js";
export { rotate } from "./credential/rotate.js";
export { custom } from "./identify/custom.js";
export { wixMember } from "./identify/wix-member.js";
export { LoyaltyError } from "./orders.js";
export { InvalidToken } from "./identify/invalid-token.js";
export { jwt } from "./identify/jwt.js";
export { openId } from "./session/openid.js";
export { session } from "./session/session.js";
export { wixLogin } from "./session/wix-login.js";
export { durableObject } from "./stores/durable.js";
export { memoryStore } from "./stores/memory.js";

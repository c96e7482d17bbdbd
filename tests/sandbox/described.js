// What the sandbox says of itself in its OpenAPI file: the contract, as client and proxy have it too.
import { readFileSync } from "node:fs";

const file = new URL("../../pkg/generated/sandbox.openapi.json", import.meta.url);
const api = JSON.parse(readFileSync(file, "utf8"));

/** Every operation by its name, with its path and method. */
export const operations = {};
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    operations[operation.operationId] = { ...operation, path, method: method.toUpperCase() };
  }
}

/** A schema with the parts of its alternatives in one: all fields, all names. */
export function whole(schema) {
  if (schema.$ref) return whole(api.components.schemas[schema.$ref.split("/").pop()]);
  const { anyOf = [], allOf = [], ...own } = schema;
  const parts = [...anyOf, ...allOf].map(whole).filter(({ type }) => type !== "null");
  return parts.reduce((all, part) => {
    const properties = { ...all.properties };
    for (const [name, inner] of Object.entries(part.properties ?? {})) {
      const told = properties[name];
      properties[name] = told && told.type !== "null" ? { anyOf: [told, inner] } : inner;
    }
    const names = [...new Set([...(all.enum ?? []), ...(part.enum ?? [])])];
    return { ...part, ...all, ...(names[0] && { enum: names }), properties };
  }, own);
}

/** The whole payload of an operation: its body, and the parameters of path and query. */
export function payload({ requestBody, parameters = [] }) {
  const body = requestBody ? whole(requestBody.content["application/json"].schema) : {};
  const properties = { ...body.properties };
  const required = [...(body.required ?? [])];
  for (const { name, schema, required: needed } of parameters) {
    const steps = name.split(".");
    const last = steps.pop();
    let at = properties;
    for (const step of steps) {
      at[step] ??= { type: "object", properties: {} };
      at = at[step].properties;
    }
    at[last] ??= schema;
    if (needed) required.push(name);
  }
  return { type: "object", properties, required };
}

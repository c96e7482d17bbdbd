// What a runtime says of the vectors. Runs anywhere: it has nothing but the package and the data.

/**
 * @param {{ jwt: Function, InvalidToken: Function }} proxy
 * @param {{ now: number, options: object, vectors: [string, string, boolean][] }} data
 * @returns {Promise<[name: string, verdict: string][]>} `accepted`, `refused`, or an error that is neither.
 */
export async function run({ jwt, InvalidToken }, { now, options, vectors }) {
  const identify = jwt(options);
  const request = new Request("https://shop.example/");
  const verdicts = [];
  for (const [name, token] of vectors) {
    const verdict = await identify({ token, request, now }).then(
      ({ role }) => (role === "member" ? "accepted" : role),
      (error) => (error instanceof InvalidToken ? "refused" : `error: ${error}`),
    );
    verdicts.push([name, verdict]);
  }
  return verdicts;
}

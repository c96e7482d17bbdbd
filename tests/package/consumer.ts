// A user's code, compiled against the installed tarball.
import { createClient, isLoyaltyError } from "loyalty-edge";
import { apiKey, createProxy, custom } from "loyalty-edge/proxy";
import { createSandbox } from "loyalty-edge/sandbox";

const { accounts, points } = createClient({ proxy: "/loyalty", token: () => "token" });

export async function balance(): Promise<number | undefined> {
  try {
    const { account } = await accounts.getCurrentMemberAccount();
    return account?.points?.balance ?? undefined;
  } catch (error) {
    if (isLoyaltyError(error) && error.retryable) return undefined;
    throw error;
  }
}

export const earn = () => points.earn("write-review", { subject: "product-1" });

// @ts-expect-error a page never names an amount
export const cheat = () => points.earn("write-review", { amount: 500 });

// @ts-expect-error no option for an elevated credential exists
export const leak = () => createClient({ proxy: "/loyalty", apiKey: "IST.x" });

export const proxy = createProxy({
  credential: apiKey({ key: "IST.x", siteId: "5f0a1c1e-7d1b-4a8e-9c55-3f1f4c7d2b10" }),
  identify: custom(() => ({ role: "visitor" })),
  origins: ["https://shop.example"],
  policy: { grants: { visitor: ["getLoyaltyProgram"] } },
});

export const sandbox = createSandbox({ seed: 7 });

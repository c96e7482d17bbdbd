/** A named way to earn. */
export interface PolicyAction {
  /** Points that it pays, 1 to 9,999,999: the same for all, or by a parameter of the claim. */
  amount: number | PolicyAmountTable;
  /** What the transaction says, 1 to 100 characters. */
  description: string;
  /** The activity type of the transaction, 1 to 100 characters. */
  activityType?: string;
  /** The app in whose name it pays; the Loyalty app's own by default. */
  appId?: string;
  limit: {
    /** How often one member may in a UTC day. */
    perMemberPerDay: number;
    /** How often one member may for one subject, for all time. */
    perSubject?: number;
    /** Whether a subject pays one member only, and once: the first to claim it. */
    uniqueSubject?: boolean;
    /** The least time between two claims of one member, in seconds, at most 30 days. */
    cooldownSeconds?: number;
    /** Claims of all members together in a minute. */
    perMinute?: number;
  };
  /**
   * What makes two claims one and the same, whatever key the client sends: `subject`, `day` (UTC),
   * `parameters.NAME`. Without it, a limit that is one says it; else the client's own key does.
   */
  key?: string[];
  /**
   * Claims that the member's token has to have, by name: a value, or a list of which it has one. A token that lacks
   * the claim is refused. Only claims that are named here come in.
   */
  eligible?: Record<string, PolicyClaim | PolicyClaim[]>;
  /** The hook that proves the deed. */
  confirm?: string;
  /** Whether the `botCheck` option is asked first. */
  botCheck?: boolean;
  /**
   * Whether it makes an account for a member who has none, before it pays: a button to join by. With
   * `"enrol": "on-first-earn"` of the policy every action does.
   */
  enrol?: boolean;
}

/** Points by a parameter of the claim: `{ "by": "size", "values": { "small": 5, "large": 20 } }`. */
export interface PolicyAmountTable {
  /** The parameter. A claim without it, or with a value that is not in the table, is refused with its name. */
  by: string;
  /** Points by the parameter's value, 1 to 9,999,999 each. */
  values: Record<string, number>;
}

export type PolicyClaim = string | number | boolean;

/** Which fields a role may send and see. Dotted wire names; a path stands for all that is below it. */
export interface PolicyMask {
  /** The only fields that a request may have, beside those in its path. */
  send?: string[];
  /** The only optional fields of the answer. What every answer holds stays in it. Not together with `hide`. */
  see?: string[];
  /** Optional fields that are taken out of the answer, and that can't be filtered, sorted or searched by. */
  hide?: string[];
}

export type PolicyRole = "visitor" | "member" | "staff" | "admin";

/** Who may do what, and what an action is worth. `loyalty-edge policy check FILE` explains one. */
export interface Policy {
  $schema?: string;
  /**
   * Operations, `operation:own`, `operation:any`, `earn:action`, and for staff and admin `*`. Nothing else is allowed to
   * anybody.
   */
  grants?: { [Role in PolicyRole]?: string[] };
  /** Field masks by role and operation. */
  masks?: { [Role in PolicyRole]?: Record<string, PolicyMask> };
  actions?: Record<string, PolicyAction>;
  /** Operations and `earn:action`s that the `botCheck` option is asked about first. */
  botCheck?: string[];
  /**
   * `"on-first-earn"`: a member without an account gets one with the first earn, before it is paid; without it, by the
   * actions that have `enrol`. The token, or `resolve`, has to say the contact id.
   */
  enrol?: "on-first-earn";
  limits?: {
    /** Calls of one caller in a minute. */
    callerPerMinute?: number;
    /**
     * Calls from one address in a minute, steps of a sign-in and webhooks among them, counted before a token is looked at;
     * an IPv6 address counts with its /64. See `clientAddress`. Without it each process counts up to 300 for itself, of
     * public addresses alone and without webhooks.
     */
    addressPerMinute?: number;
    /** Calls that go upstream in a minute, of all callers together. Default 180: upstream throttles at 200. */
    upstreamPerMinute?: number;
    /** Points that a member may earn by actions in a UTC day. */
    memberPointsPerDay?: number;
    /** The most accounts that one bulk call may change. Default 1,000. */
    bulkAccounts?: number;
    /** The most points that one bulk call may add to, take from or set for an account. */
    bulkPoints?: number;
    /** Bulk calls in a UTC day, of all admins together. */
    bulkPerDay?: number;
  };
}

/**
 * Decides whether a person calls, before the credential is used. Asked only about what the policy's `botCheck` names.
 * Anything but `true` refuses the call with 403 `PERMISSION_DENIED`; so does throwing, or taking 10 seconds.
 */
export type BotCheck = (call: {
  /** The request without its body: the token of the check stands in a header of your choice. */
  request: Request;
  caller: { role: PolicyRole; memberId?: string; contactId?: string };
  operation: string;
  /** The action, where the operation is `earn`. */
  action?: string;
}) => boolean | Promise<boolean>;

/**
 * Says where a request came from, for `addressPerMinute`. Read a forwarding header only where your own load balancer
 * sets it on every request: a header that a browser can set lets it be anywhere.
 */
export type ClientAddress = (request: Request, env: unknown) => string | undefined;

/** How far a caller gets: any account, the own one, or not at all. */
export type PolicyReach = "any" | "own" | "no";

/** What a policy comes to. */
export interface PolicyReport {
  /** What keeps it from being taken, each with its place (JSONPath) and how to mend it. */
  mistakes: { path: string; message: string }[];
  /** Every operation and every `earn:action`, and who may. Empty where there are mistakes. */
  matrix: ({
    operation: string;
    /** The roles whose mask leaves fields out. */
    masked: PolicyRole[];
    /** Whether the bot check comes first. */
    botCheck: boolean;
  } & Record<PolicyRole, PolicyReach>)[];
  /** What a sound policy may still be wrong about. */
  warnings: { path: string; why: string; mend: string }[];
  /** Why the decision that was asked for is as it is. */
  explanation?:
    | { caller: PolicyRole; operation: string; verdict: PolicyReach; because: string[] }
    | { error: string };
}

/**
 * Reads a policy as the proxy does, and says what it allows and what is risky in it: for tests and build scripts. On the
 * command line: `npx loyalty-edge policy check FILE`.
 *
 * @param question A caller and an operation, or `earn:action`, to be explained.
 */
export function checkPolicy(
  policy: unknown,
  question?: { role: string; operation: string },
): Promise<PolicyReport>;

/** What came back from a sign-in is not what was asked for: the user begins again. */
export class SignInFailed extends Error {
  name = "SignInFailed";
}

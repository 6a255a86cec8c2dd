// Whether too many failed sign-ins keep strangers out of an account now.
import type { User } from "../api/people";

export function isLocked(user: User, nowMs: number): boolean {
  return user.locked_until !== null && Date.parse(user.locked_until) > nowMs;
}

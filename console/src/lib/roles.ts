// Roles, and which of them reach no further than one's own.
import { useQuery } from "@tanstack/react-query";
import { rolesQuery } from "../api/people";
import type { Role, User } from "../api/people";
import { sessionQuery } from "../api/queries";
import { isWithin, useMay } from "./may";

const NONE: Role[] = [];

export function useRoles(): Role[] {
  const enabled = useMay("users", "read");
  return useQuery({ ...rolesQuery, enabled }).data?.items ?? NONE;
}

// Those that one may give to others.
export function useRolesToGive(): Role[] {
  const { data } = useQuery(sessionQuery);
  return useRoles().filter((role) => isWithin(role.levels, data?.permissions));
}

// Whether one may change a user: not oneself, and nobody who reaches further.
export function useMayTouch(): (user: User) => boolean {
  const { data } = useQuery(sessionQuery);
  const roles = useRolesToGive();
  return (user) => user.id !== data?.user.id && roles.some((role) => role.id === user.role.id);
}

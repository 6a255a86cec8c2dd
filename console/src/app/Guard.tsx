// Pages behind it are for those who are signed in and have a password of their
// own.
import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "react-router";
import { sessionQuery } from "../api/queries";
import { ForcedPasswordPage } from "../pages/ForcedPasswordPage";
import { Loading } from "../parts/Loading";
import { ProblemState } from "../parts/ProblemState";

export function Guard() {
  const { data, error, isPending, refetch } = useQuery(sessionQuery);
  const location = useLocation();
  if (isPending) return <Loading />;
  if (data === undefined) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (data === null) return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
  if (data.user.must_change_password) return <ForcedPasswordPage />;
  return <Outlet />;
}

// Pages behind it are for those who are signed in and have a password of their
// own, and a second factor where all need one.
import { lazy, Suspense, useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "react-router";
import { SESSION_KEY, sessionQuery } from "../api/queries";
import { ForcedPasswordPage } from "../pages/ForcedPasswordPage";
import { Loading } from "../parts/Loading";
import { ProblemState } from "../parts/ProblemState";

const ForcedTwoFactorPage = lazy(async () => ({ default: (await import("../pages/ForcedTwoFactorPage")).ForcedTwoFactorPage }));

export function Guard() {
  const { data, error, isPending, refetch } = useQuery(sessionQuery);
  const client = useQueryClient();
  const location = useLocation();
  // The set-up ends with the recovery codes, when the server asks for nothing
  // any more: it is the user who has to go on.
  const [isInSetUp, setInSetUp] = useState(false);
  if (isPending) return <Loading />;
  if (data === undefined) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (data === null) return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
  if (data.user.must_change_password) return <ForcedPasswordPage />;
  if (data.must_set_up_two_factor && !isInSetUp) setInSetUp(true);
  if (!isInSetUp && !data.must_set_up_two_factor) return <Outlet />;
  async function goOn() {
    await client.invalidateQueries({ queryKey: SESSION_KEY });
    setInSetUp(false);
  }
  return <Suspense fallback={<Loading />}><ForcedTwoFactorPage onDone={() => void goOn()} /></Suspense>;
}

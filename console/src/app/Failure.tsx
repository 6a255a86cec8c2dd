// A page that broke: said, with a way on.
import { useRouteError } from "react-router";
import { ProblemState } from "../parts/ProblemState";

export function Failure() {
  return <ProblemState error={useRouteError()} onRetry={() => location.reload()} />;
}

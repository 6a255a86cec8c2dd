// Who is limited to a remote office or a group, alone or among others.
import { Content } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { usersQuery } from "../../api/people";
import { usePages } from "../../lib/pages";
import { Loading } from "../Loading";
import { Pager } from "../Pager";
import { ProblemState } from "../ProblemState";
import { UserTable } from "./UserTable";

const LIMIT = 50;

// none: what is said where nobody is.
export function PlaceUsers({ id, label, none }: { id: string; label: string; none: string }) {
  const pages = usePages();
  const { data, error, isPlaceholderData, refetch } = useQuery(usersQuery({ limit: LIMIT, place_id: id, ...pages.part }));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0 && pages.number === 1) return <Content component="p">{none}</Content>;
  return (
    <>
      <UserTable label={label} users={data.items} isPlain />
      <Pager label={label} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
        isDisabled={isPlaceholderData} />
    </>
  );
}

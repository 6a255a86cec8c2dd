// Who is limited to a remote office, alone or among others.
import { Content } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { usersQuery } from "../../api/people";
import { usePages } from "../../lib/pages";
import { Loading } from "../Loading";
import { Pager } from "../Pager";
import { ProblemState } from "../ProblemState";
import { UserTable } from "../users/UserTable";

const LIMIT = 50;

export function OfficeUsers({ id }: { id: string }) {
  const { t } = useTranslation();
  const pages = usePages();
  const { data, error, isPlaceholderData, refetch } = useQuery(usersQuery({ limit: LIMIT, place_id: id, ...pages.part }));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0 && pages.number === 1) return <Content component="p">{t("offices.noUsers")}</Content>;
  return (
    <>
      <UserTable label={t("offices.users")} users={data.items} isPlain />
      <Pager label={t("offices.users")} pages={pages} limit={LIMIT} count={data.items.length} next={data.next_cursor}
        isDisabled={isPlaceholderData} />
    </>
  );
}

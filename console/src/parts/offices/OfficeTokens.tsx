// The newest enrolment tokens of a remote office.
import { Content, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { officeTokensQuery } from "../../api/offices";
import { Loading } from "../Loading";
import { ProblemState } from "../ProblemState";
import { Time } from "../Time";

const SHOWN = 20;

export function OfficeTokens({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(officeTokensQuery(id, SHOWN));
  if (error && !data) return <ProblemState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.items.length === 0) return <Content component="p">{t("enrolment.empty")}</Content>;
  return (
    <>
      <Table aria-label={t("enrolment.table")} variant="compact">
        <Thead>
          <Tr>
            <Th>{t("enrolment.state")}</Th><Th>{t("enrolment.left")}</Th><Th>{t("enrolment.until")}</Th>
            <Th>{t("enrolment.comment")}</Th>
          </Tr>
        </Thead>
        <Tbody>
          {data.items.map((token) => (
            <Tr key={token.id}>
              <Td dataLabel={t("enrolment.state")}>
                <Label isCompact {...(token.state === "usable" && { status: "success" })}>{t(`enrolment.${token.state}`)}</Label>
              </Td>
              <Td dataLabel={t("enrolment.left")}>{t("enrolment.leftOf", { left: token.uses_left, uses: token.uses })}</Td>
              <Td dataLabel={t("enrolment.until")}><Time at={token.expires_at} isExact /></Td>
              <Td dataLabel={t("enrolment.comment")} modifier="breakWord">{token.comment}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
      {data.next_cursor && <Link to="/enrolment">{t("offices.allTokens")}</Link>}
    </>
  );
}

// A page of enrolment tokens: for whom, how far they are used, until when.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { EnrolmentToken } from "../../api/client";
import { computerNameQuery } from "../../api/enrolment";
import { useMay } from "../../lib/may";
import { RowActions } from "../RowActions";
import { Time } from "../Time";

type Names = Map<string, string>;
type Revoke = (token: EnrolmentToken, name: string) => void;

// Of whom a token is. Of a computer that may not be looked at: its kind.
function useTargetName(token: EnrolmentToken, offices: Names): string {
  const { t } = useTranslation();
  const enabled = useMay("computers", "read") && token.computer_id !== null;
  const { data } = useQuery({ ...computerNameQuery(token.computer_id ?? ""), enabled });
  if (token.computer_id !== null) return data ?? t("enrolment.forComputer");
  return offices.get(token.office_id ?? "") ?? t("enrolment.forOffice");
}

function Target({ token, name }: { token: EnrolmentToken; name: string }) {
  const { t } = useTranslation();
  const mayLook = useMay("computers", "read");
  if (token.computer_id === null) return name;
  if (!mayLook) return name;
  const kind = t("enrolment.forComputer");
  return (
    <>
      <Link to={`/computers/${token.computer_id}`} className="w-break">{name}</Link>
      {name !== kind && <div className="w-term">{kind}</div>}
    </>
  );
}

function State({ token }: { token: EnrolmentToken }) {
  const { t } = useTranslation();
  return <Label isCompact {...(token.state === "usable" && { status: "success" })}>{t(`enrolment.${token.state}`)}</Label>;
}

function Row({ token, offices, onRevoke }: { token: EnrolmentToken; offices: Names; onRevoke: Revoke | null }) {
  const { t } = useTranslation();
  const name = useTargetName(token, offices);
  return (
    <Tr>
      <Td dataLabel={t("enrolment.for")} modifier="breakWord"><Target token={token} name={name} /></Td>
      <Td dataLabel={t("enrolment.state")}><State token={token} /></Td>
      <Td dataLabel={t("enrolment.left")} modifier="nowrap">{t("enrolment.leftOf", { left: token.uses_left, uses: token.uses })}</Td>
      <Td dataLabel={t("enrolment.until")}><Time at={token.expires_at} isExact /></Td>
      <Td dataLabel={t("enrolment.by")} modifier="breakWord">{token.created_by}</Td>
      <Td dataLabel={t("enrolment.made")}><Time at={token.created_at} isExact /></Td>
      <Td dataLabel={t("enrolment.comment")} modifier="breakWord">{token.comment}</Td>
      {onRevoke && (
        <Td isActionCell>
          {token.state === "usable" && (
            <RowActions of={name} actions={[{ title: t("enrolment.revoke"), onClick: () => onRevoke(token, name), isDanger: true }]} />
          )}
        </Td>
      )}
    </Tr>
  );
}

export function TokenTable({ tokens, offices, onRevoke }: { tokens: EnrolmentToken[]; offices: Names; onRevoke: Revoke | null }) {
  const { t } = useTranslation();
  return (
    <div className="w-scroll">
      <Table aria-label={t("enrolment.table")} variant="compact">
        <Thead>
          <Tr>
            <Th className="w-words">{t("enrolment.for")}</Th><Th modifier="nowrap">{t("enrolment.state")}</Th>
            <Th modifier="nowrap">{t("enrolment.left")}</Th><Th modifier="nowrap">{t("enrolment.until")}</Th>
            <Th modifier="nowrap">{t("enrolment.by")}</Th><Th modifier="nowrap">{t("enrolment.made")}</Th>
            <Th className="w-words">{t("enrolment.comment")}</Th>
            {onRevoke && <Th screenReaderText={t("common.actions")} />}
          </Tr>
        </Thead>
        <Tbody>
          {tokens.map((token) => <Row key={token.id} token={token} offices={offices} onRevoke={onRevoke} />)}
        </Tbody>
      </Table>
    </div>
  );
}

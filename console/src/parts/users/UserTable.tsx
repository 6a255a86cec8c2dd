// Users, one a row.
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ThProps } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { User } from "../../api/people";
import { sessionQuery } from "../../api/queries";
import type { UserSort } from "../../lib/asked";
import { Scope } from "../Scope";
import { Time } from "../Time";
import { useRoleName } from "../useRoleName";
import { UserActions } from "./UserActions";
import { UserState } from "./UserState";

interface Asked {
  label: string;
  users: readonly User[];
  // Without the actions.
  isPlain?: boolean;
  // Given together, where the server sorts.
  sort?: UserSort;
  onSort?: (sort: UserSort) => void;
}

type Word = "name" | "role" | "last_sign_in_at";

// For a head of the table: how it is sorted, and what a press of it asks for.
function sortOf(word: Word, columnIndex: number, sort: UserSort | undefined, onSort: Asked["onSort"]): ThProps["sort"] {
  if (!onSort || !sort) return undefined;
  const isThis = sort.replace(/^-/, "") === word;
  return {
    columnIndex,
    // Of times the latest are wanted first.
    sortBy: isThis ? { index: columnIndex, direction: sort.startsWith("-") ? "desc" : "asc" }
      : { defaultDirection: word === "last_sign_in_at" ? "desc" : "asc" },
    onSort: (_event, _index, direction) => onSort((direction as string) === "desc" ? `-${word}` : word),
  };
}

export function UserTable({ label, users, isPlain = false, sort, onSort }: Asked) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  return (
    <Table aria-label={label} variant="compact">
      <Thead>
        <Tr>
          <Th sort={sortOf("name", 0, sort, onSort)}>{t("users.name")}</Th>
          <Th sort={sortOf("role", 1, sort, onSort)}>{t("users.role")}</Th>
          <Th>{t("scope.label")}</Th><Th>{t("users.state")}</Th>
          <Th modifier="nowrap" sort={sortOf("last_sign_in_at", 4, sort, onSort)}>{t("users.lastSignIn")}</Th>
          {!isPlain && <Th screenReaderText={t("common.actions")} />}
        </Tr>
      </Thead>
      <Tbody>
        {users.map((user) => (
          <Tr key={user.id}>
            <Td dataLabel={t("users.name")} modifier="breakWord">
              <Link to={`/users/${user.id}`}>{user.name}</Link>
              {user.id === data?.user.id && <> <Label isCompact>{t("users.you")}</Label></>}
            </Td>
            <Td dataLabel={t("users.role")} modifier="breakWord">{roleName(user.role)}</Td>
            <Td dataLabel={t("scope.label")}><Scope scope={user.scope} /></Td>
            <Td dataLabel={t("users.state")}><UserState user={user} /></Td>
            <Td dataLabel={t("users.lastSignIn")} modifier="nowrap"><Time at={user.last_sign_in_at} /></Td>
            {!isPlain && <Td isActionCell><UserActions user={user} /></Td>}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

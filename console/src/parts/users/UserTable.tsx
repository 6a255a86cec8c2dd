// Users, one a row.
import { Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { User } from "../../api/people";
import { sessionQuery } from "../../api/queries";
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
}

export function UserTable({ label, users, isPlain = false }: Asked) {
  const { t } = useTranslation();
  const { data } = useQuery(sessionQuery);
  const roleName = useRoleName();
  return (
    <Table aria-label={label} variant="compact">
      <Thead>
        <Tr>
          <Th>{t("users.name")}</Th><Th>{t("users.role")}</Th><Th>{t("scope.label")}</Th><Th>{t("users.state")}</Th>
          <Th>{t("users.lastSignIn")}</Th>{!isPlain && <Th screenReaderText={t("common.actions")} />}
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

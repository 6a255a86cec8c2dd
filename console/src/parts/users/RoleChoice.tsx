// Chooses a role among those that one may give.
import { FormGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Role } from "../../api/people";
import { Choice } from "../Choice";
import { useRoleName } from "../useRoleName";

interface Asked {
  id: string;
  roles: readonly Role[];
  value: string;
  onChange: (id: string) => void;
}

export function RoleChoice({ id, roles, value, onChange }: Asked) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const options = roles.map((role) => ({ value: role.id, text: roleName(role) }));
  return (
    <FormGroup label={t("users.role")} fieldId={id} isRequired>
      <Choice id={id} label={t("users.role")} isFullWidth value={value} onChange={onChange}
        options={value === "" ? [{ value: "", text: t("users.chooseRole") }, ...options] : options} />
    </FormGroup>
  );
}

// The static groups that a computer is in, each leading to it.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Label, LabelGroup } from "@patternfly/react-core";
import { computerGroupsQuery } from "../../api/groups";
import { useMayReadGroups } from "./may";

export function GroupLabels({ computerId }: { computerId: string }) {
  const { t } = useTranslation();
  const mayRead = useMayReadGroups();
  const { data } = useQuery({ ...computerGroupsQuery(computerId), enabled: mayRead });
  if (!data || data.items.length === 0) return null;
  return (
    <LabelGroup categoryName={t("groups.title")} numLabels={10}>
      {data.items.map((group) => (
        <Label key={group.id} isCompact
          render={({ className, content }) => <Link to={`/groups/${group.id}`} className={className}>{content}</Link>}>
          {group.name}
        </Label>
      ))}
    </LabelGroup>
  );
}

/** The one required answer: what it is about. */
import type { Area, AreaChoice } from "../protocol.gen";
import { Icon, type IconName } from "../ui/Icon";
import { areaName } from "../ui/words";

const ICONS: Record<Area, IconName> = {
  mind: "brain",
  body: "person-standing",
  relationship: "users",
  growth: "sprout",
  addiction: "link-2-off",
  work: "briefcase",
};
/** Without the server's lists the one required answer can still be given. */
export const AREAS_ALONE: AreaChoice[] = (Object.keys(ICONS) as Area[]).map((area) => ({
  area,
  name: areaName(area),
  issues: [],
}));

interface Props {
  choices: AreaChoice[];
  chosen: Area | "";
  onChoose: (area: Area) => void;
}

export function AreaField({ choices, chosen, onChoose }: Props) {
  return (
    <fieldset class="stack gap-3">
      <legend class="label">Area</legend>
      <div class="areas">
        {choices.map(({ area, name, issues }) => (
          <label class="choice" key={area}>
            <input
              type="radio"
              name="area"
              aria-label={name}
              checked={chosen === area}
              onChange={() => onChoose(area)}
            />
            <span>
              <Icon name={ICONS[area]} />
              <strong class="strong">{name}</strong>
              <small>{issues.slice(0, 3).join(", ").toLowerCase()}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

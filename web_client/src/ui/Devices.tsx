/** Which camera, microphone and speaker; the picture, the meter and the sound show at once whether the choice works. */
import { media } from "../call/media";
import { chooseSpeaker, mayChooseSpeaker, speaker } from "../call/speaker";
import { Icon } from "./Icon";

interface ChoiceProps {
  id: string;
  name: string;
  chosen: string;
  input: MediaDeviceKind;
  none: string | null;
  onChoose: (deviceId: string) => void;
}

function Choice({ id, name, chosen, input, none, onChoose }: ChoiceProps) {
  const known = media.devices.value.filter((one) => one.kind === input);
  return (
    <div class="field">
      <label class="label" for={id}>
        {name}
      </label>
      <span class="select">
        <select class="input" id={id} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
          {none !== null && <option value="">{none}</option>}
          {known.map((one) => (
            <option key={one.deviceId} value={one.deviceId}>
              {one.label}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" />
      </span>
    </div>
  );
}

const KINDS = [
  { kind: "video", input: "videoinput", name: "Camera" },
  { kind: "audio", input: "audioinput", name: "Microphone" },
] as const;

export function Devices() {
  return (
    <>
      {KINDS.map(({ kind, input, name }) => {
        const track = kind === "video" ? media.camera.value : media.microphone.value;
        return (
          <Choice
            key={kind}
            id={`device-${kind}`}
            name={name}
            input={input}
            chosen={track?.getSettings().deviceId ?? ""}
            none={track ? null : "None is on"}
            onChoose={(deviceId) => void media.choose(kind, deviceId)}
          />
        );
      })}
      {mayChooseSpeaker && (
        <Choice
          id="device-speaker"
          name="Speaker"
          input="audiooutput"
          chosen={speaker.value}
          none="This machine’s own choice"
          onChoose={(deviceId) => void chooseSpeaker(deviceId)}
        />
      )}
    </>
  );
}

/** The bar of the call: always the same controls in the same order, *End session* apart at the far right. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import type { Call } from "../../call/call";
import { media } from "../../call/media";
import { CallIcon, type CallIconName } from "./CallIcon";
import { MoreMenu } from "./MoreMenu";
import { keyOf } from "./shortcuts";

export type Panel = "chat" | "notes" | "person" | null;

interface ToolProps {
  name: string;
  icon: CallIconName;
  onPress: () => void;
  pressed?: boolean;
  expanded?: boolean;
  isOff?: boolean;
  describedBy?: string;
  disabledBecause?: string | null;
  children?: ComponentChildren;
}

function Tool({ name, icon, onPress, pressed, expanded, isOff, describedBy, disabledBecause, children }: ToolProps) {
  const key = keyOf(name);
  return (
    <button
      class={isOff ? "tool tool--off" : "tool"}
      type="button"
      aria-label={name}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-describedby={describedBy}
      aria-disabled={disabledBecause ? true : undefined}
      aria-keyshortcuts={key}
      data-tip={disabledBecause ?? tip(name, key)}
      title={disabledBecause ?? undefined}
      onClick={disabledBecause ? undefined : onPress}
    >
      <CallIcon name={icon} />
      <span class="tool__text" aria-hidden="true">
        {name}
      </span>
      {children}
    </button>
  );
}

/** What a tooltip says: the name, and the key if there is one. */
function tip(name: string, key: string | undefined): string {
  return key ? `${name} (${key})` : name;
}

function ChatTool({ call, panel }: { call: Call; panel: Signal<Panel> }) {
  const unread = call.chat.unread.value;
  return (
    <>
      <Tool
        name="Chat"
        icon="message-circle"
        expanded={panel.value === "chat"}
        describedBy={unread > 0 ? "unread" : undefined}
        onPress={() => (panel.value = panel.value === "chat" ? null : "chat")}
      >
        {unread > 0 && <span class="count" aria-hidden="true" data-count={unread} />}
      </Tool>
      <span class="sr" id="unread" role="status">
        {unread > 0 ? `${unread} unread` : ""}
      </span>
    </>
  );
}

interface BarProps {
  call: Call;
  panel: Signal<Panel>;
  isFull: Signal<boolean>;
  isMoreOpen: Signal<boolean>;
  isOwnHidden: Signal<boolean>;
  onFull: () => void;
  onKeys: () => void;
  onConcern: () => void;
  onEnd: () => void;
}

export function Bar({ call, panel, isFull, isMoreOpen, isOwnHidden, onFull, onKeys, onConcern, onEnd }: BarProps) {
  const isChatOnly = call.room.value?.is_chat_only ?? false;
  const nothing = isChatOnly ? "Chat only: no camera and no microphone" : null;
  const isMuted = !media.isMicOpen.value;
  const isCameraOn = media.isCameraOpen.value;
  return (
    <div class="barwrap">
      <div class="callbar" role="group" aria-label="Call">
        <Tool name="Refresh" icon="rotate-cw" onPress={() => void call.refresh.press()} />
        <Tool
          name="Full screen"
          icon={isFull.value ? "minimize" : "maximize"}
          pressed={isFull.value}
          disabledBecause={document.fullscreenEnabled ? null : "This browser has no full screen"}
          onPress={onFull}
        />
        <Tool
          name="Mute"
          icon={isMuted ? "mic-off" : "mic"}
          pressed={isMuted}
          isOff={isMuted}
          disabledBecause={nothing}
          onPress={() => call.setMuted(!isMuted)}
        />
        <Tool
          name="Camera"
          icon={isCameraOn ? "video" : "video-off"}
          pressed={isCameraOn}
          isOff={!isCameraOn}
          disabledBecause={nothing}
          onPress={() => void media.setCamera(!isCameraOn)}
        />
        <ChatTool call={call} panel={panel} />
        {call.seat === "therapist" && (
          <Tool
            name="Notes"
            icon="notebook-pen"
            expanded={panel.value === "notes"}
            onPress={() => (panel.value = panel.value === "notes" ? null : "notes")}
          />
        )}
        <Tool
          name="More"
          icon="ellipsis"
          expanded={isMoreOpen.value}
          onPress={() => (isMoreOpen.value = !isMoreOpen.value)}
        />
        <button
          class="tool tool--end"
          type="button"
          aria-label="End session"
          aria-keyshortcuts={keyOf("End session")}
          data-tip={tip("End session", keyOf("End session"))}
          onClick={onEnd}
        >
          <CallIcon name="phone-off" />
          <span class="tool__text" aria-hidden="true">
            End session
          </span>
        </button>
      </div>
      {isMoreOpen.value && (
        <MoreMenu
          call={call}
          isOwnHidden={isOwnHidden}
          onKeys={onKeys}
          onConcern={onConcern}
          onClose={() => (isMoreOpen.value = false)}
        />
      )}
    </div>
  );
}

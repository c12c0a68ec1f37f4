/** The icons of the call, from lucide (ISC), drawn with our own stroke. Always beside a name, so hidden from readers. */
import activity from "lucide-static/icons/activity.svg?raw";
import arrowUp from "lucide-static/icons/arrow-up.svg?raw";
import captions from "lucide-static/icons/captions.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import ellipsis from "lucide-static/icons/ellipsis.svg?raw";
import eyeOff from "lucide-static/icons/eye-off.svg?raw";
import fileText from "lucide-static/icons/file-text.svg?raw";
import fileX from "lucide-static/icons/file-x.svg?raw";
import gauge from "lucide-static/icons/gauge.svg?raw";
import keyboard from "lucide-static/icons/keyboard.svg?raw";
import maximize from "lucide-static/icons/maximize.svg?raw";
import messageCircle from "lucide-static/icons/message-circle.svg?raw";
import mic from "lucide-static/icons/mic.svg?raw";
import micOff from "lucide-static/icons/mic-off.svg?raw";
import minimize from "lucide-static/icons/minimize.svg?raw";
import monitor from "lucide-static/icons/monitor.svg?raw";
import notebookPen from "lucide-static/icons/notebook-pen.svg?raw";
import phoneOff from "lucide-static/icons/phone-off.svg?raw";
import pictureInPicture from "lucide-static/icons/picture-in-picture-2.svg?raw";
import triangleAlert from "lucide-static/icons/triangle-alert.svg?raw";
import rotateCw from "lucide-static/icons/rotate-cw.svg?raw";
import settings2 from "lucide-static/icons/settings-2.svg?raw";
import video from "lucide-static/icons/video.svg?raw";
import videoOff from "lucide-static/icons/video-off.svg?raw";
import volume2 from "lucide-static/icons/volume-2.svg?raw";
import wifi from "lucide-static/icons/wifi.svg?raw";
import x from "lucide-static/icons/x.svg?raw";

const DRAWINGS = {
  activity,
  "arrow-up": arrowUp,
  captions,
  check,
  ellipsis,
  "eye-off": eyeOff,
  "file-text": fileText,
  "file-x": fileX,
  gauge,
  keyboard,
  maximize,
  "message-circle": messageCircle,
  mic,
  "mic-off": micOff,
  minimize,
  monitor,
  "notebook-pen": notebookPen,
  "phone-off": phoneOff,
  "picture-in-picture": pictureInPicture,
  "triangle-alert": triangleAlert,
  "rotate-cw": rotateCw,
  "settings-2": settings2,
  video,
  "video-off": videoOff,
  "volume-2": volume2,
  wifi,
  x,
};

export type CallIconName = keyof typeof DRAWINGS;

export function CallIcon({ name, small = false }: { name: CallIconName; small?: boolean }) {
  const inner = DRAWINGS[name].replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return (
    <svg
      class={small ? "icon icon--s" : "icon"}
      viewBox="0 0 24 24"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: inner }}
    />
  );
}

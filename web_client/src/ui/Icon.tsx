/** The icons of every page but the call, from lucide (ISC), stroke 1.75. Always beside a name, so hidden from readers. */
import armchair from "lucide-static/icons/armchair.svg?raw";
import arrowLeft from "lucide-static/icons/arrow-left.svg?raw";
import arrowUp from "lucide-static/icons/arrow-up.svg?raw";
import bellOff from "lucide-static/icons/bell-off.svg?raw";
import bellRing from "lucide-static/icons/bell-ring.svg?raw";
import bell from "lucide-static/icons/bell.svg?raw";
import bookmark from "lucide-static/icons/bookmark.svg?raw";
import brain from "lucide-static/icons/brain.svg?raw";
import briefcase from "lucide-static/icons/briefcase.svg?raw";
import calendar from "lucide-static/icons/calendar.svg?raw";
import calendarRange from "lucide-static/icons/calendar-range.svg?raw";
import cameraOff from "lucide-static/icons/camera-off.svg?raw";
import captions from "lucide-static/icons/captions.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import chevronDown from "lucide-static/icons/chevron-down.svg?raw";
import chevronRight from "lucide-static/icons/chevron-right.svg?raw";
import chevronUp from "lucide-static/icons/chevron-up.svg?raw";
import circleAlert from "lucide-static/icons/circle-alert.svg?raw";
import cornerDownRight from "lucide-static/icons/corner-down-right.svg?raw";
import doorOpen from "lucide-static/icons/door-open.svg?raw";
import download from "lucide-static/icons/download.svg?raw";
import ellipsis from "lucide-static/icons/ellipsis.svg?raw";
import ellipsisVertical from "lucide-static/icons/ellipsis-vertical.svg?raw";
import fileDown from "lucide-static/icons/file-down.svg?raw";
import fileText from "lucide-static/icons/file-text.svg?raw";
import fileX from "lucide-static/icons/file-x.svg?raw";
import history from "lucide-static/icons/history.svg?raw";
import house from "lucide-static/icons/house.svg?raw";
import info from "lucide-static/icons/info.svg?raw";
import layoutDashboard from "lucide-static/icons/layout-dashboard.svg?raw";
import link2Off from "lucide-static/icons/link-2-off.svg?raw";
import loader from "lucide-static/icons/loader.svg?raw";
import logOut from "lucide-static/icons/log-out.svg?raw";
import menu from "lucide-static/icons/menu.svg?raw";
import messageCircle from "lucide-static/icons/message-circle.svg?raw";
import messageSquare from "lucide-static/icons/message-square.svg?raw";
import mic from "lucide-static/icons/mic.svg?raw";
import moon from "lucide-static/icons/moon.svg?raw";
import notebookPen from "lucide-static/icons/notebook-pen.svg?raw";
import paperclip from "lucide-static/icons/paperclip.svg?raw";
import pencil from "lucide-static/icons/pencil.svg?raw";
import personStanding from "lucide-static/icons/person-standing.svg?raw";
import phone from "lucide-static/icons/phone.svg?raw";
import printer from "lucide-static/icons/printer.svg?raw";
import scrollText from "lucide-static/icons/scroll-text.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import settings2 from "lucide-static/icons/settings-2.svg?raw";
import shieldCheck from "lucide-static/icons/shield-check.svg?raw";
import sprout from "lucide-static/icons/sprout.svg?raw";
import trash2 from "lucide-static/icons/trash-2.svg?raw";
import triangleAlert from "lucide-static/icons/triangle-alert.svg?raw";
import user from "lucide-static/icons/user.svg?raw";
import users from "lucide-static/icons/users.svg?raw";
import video from "lucide-static/icons/video.svg?raw";
import videoOff from "lucide-static/icons/video-off.svg?raw";
import volume2 from "lucide-static/icons/volume-2.svg?raw";
import volumeX from "lucide-static/icons/volume-x.svg?raw";
import wallet from "lucide-static/icons/wallet.svg?raw";
import wifiOff from "lucide-static/icons/wifi-off.svg?raw";

const DRAWINGS = {
  armchair,
  "arrow-left": arrowLeft,
  "arrow-up": arrowUp,
  bell,
  "bell-off": bellOff,
  "bell-ring": bellRing,
  bookmark,
  brain,
  briefcase,
  calendar,
  "calendar-range": calendarRange,
  "camera-off": cameraOff,
  captions,
  check,
  "chevron-down": chevronDown,
  "chevron-right": chevronRight,
  "chevron-up": chevronUp,
  "circle-alert": circleAlert,
  "corner-down-right": cornerDownRight,
  "door-open": doorOpen,
  download,
  ellipsis,
  "ellipsis-vertical": ellipsisVertical,
  "file-down": fileDown,
  "file-text": fileText,
  "file-x": fileX,
  history,
  house,
  info,
  "layout-dashboard": layoutDashboard,
  "link-2-off": link2Off,
  loader,
  "log-out": logOut,
  menu,
  "message-circle": messageCircle,
  "message-square": messageSquare,
  mic,
  moon,
  "notebook-pen": notebookPen,
  paperclip,
  pencil,
  "person-standing": personStanding,
  phone,
  printer,
  "scroll-text": scrollText,
  search,
  "settings-2": settings2,
  "shield-check": shieldCheck,
  sprout,
  "trash-2": trash2,
  "triangle-alert": triangleAlert,
  user,
  users,
  video,
  "video-off": videoOff,
  "volume-2": volume2,
  "volume-x": volumeX,
  wallet,
  "wifi-off": wifiOff,
};

export type IconName = keyof typeof DRAWINGS;

/** One drawing of lucide's, as every icon is shown. */
export function Drawing({ file, small = false }: { file: string; small?: boolean }) {
  const inner = file.replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return (
    <svg
      class={small ? "icon icon--s" : "icon"}
      viewBox="0 0 24 24"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: inner }}
    />
  );
}

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return <Drawing file={DRAWINGS[name]} small={small} />;
}

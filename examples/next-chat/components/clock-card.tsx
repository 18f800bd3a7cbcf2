import type { ChatMessage } from "@/lib/chat-message";

type ClockPart = Extract<ChatMessage["parts"][number], { type: "tool-currentTime" }>;

/** The card of the currentTime tool: while it is looked up, its result, or why there is none. */
export function ClockCard({ part }: { part: ClockPart }) {
  switch (part.state) {
    case "output-available": {
      const { city, time, date, timeZone } = part.output;
      return (
        <figure className="clock-card">
          <Clock time={time} />
          <figcaption>
            <span className="city">{city}</span>
            <span className="time">{time}</span>
            <span className="date">
              {date} · {timeZone}
            </span>
          </figcaption>
        </figure>
      );
    }
    case "output-error":
      return (
        <figure className="clock-card failed">
          <Clock />
          <figcaption>
            <span className="city">No time</span>
            <span className="date">{part.errorText}</span>
          </figcaption>
        </figure>
      );
    default:
      return (
        <figure className="clock-card pending">
          <Clock />
          <figcaption>
            <span className="city">{part.input?.city ?? "Clock"}</span>
            <span className="date">Looking up the time…</span>
          </figcaption>
        </figure>
      );
  }
}

const HOURS = Array.from({ length: 12 }, (_, hour) => hour * 30);

/** A clock face; pale by day, dark by night, without hands while the time is unknown. */
function Clock({ time }: { time?: string }) {
  const [hour = 0, minute = 0] = time?.split(":").map(Number) ?? [];
  const night = hour < 6 || hour >= 19;
  return (
    <svg className={night ? "clock night" : "clock"} viewBox="-50 -50 100 100" aria-hidden="true">
      <circle r="48" className="face" />
      {HOURS.map((angle) => (
        <line key={angle} y1="-42" y2={angle % 90 === 0 ? -35 : -38} transform={`rotate(${angle})`} />
      ))}
      {time && (
        <>
          <line className="hour" y1="5" y2="-22" transform={`rotate(${hour * 30 + minute / 2})`} />
          <line className="minute" y1="6" y2="-33" transform={`rotate(${minute * 6})`} />
          <circle r="3" className="pin" />
        </>
      )}
    </svg>
  );
}

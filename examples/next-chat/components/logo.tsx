/** The mark of the app, in the colour of the text around it. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path d="M22 10a8.5 8.5 0 1 0 0 12" stroke="currentColor" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="23.6" cy="16" r="2.6" fill="currentColor" />
    </svg>
  );
}

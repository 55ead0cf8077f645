import type { Problem } from "../api/client";
import { told } from "../words/problems";
import { say } from "../words/work";
import "./trouble.css";

/** Something did not work: what, what to do, and once more where that can help. */
export function Trouble({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { what, todo } = told(problem);
  return (
    <div class="notice bad trouble" role="alert">
      <p>
        <strong>{what}</strong> {todo}
      </p>
      {problem.detail && problem.detail !== what && (
        <details class="small">
          <summary>{say.value.serverSaid}</summary>
          <p lang="en" class="wrap">
            {problem.detail} {problem.fix}
          </p>
        </details>
      )}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {say.value.retry}
        </button>
      )}
    </div>
  );
}

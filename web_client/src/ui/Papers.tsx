/** Files that somebody gave, as downloads. */
import type { PaperView } from "../protocol.gen";
import { Icon } from "./Icon";
import { size } from "./words";

export function Papers({ papers, onRemove }: { papers: PaperView[]; onRemove?: (paper: PaperView) => void }) {
  return (
    <ul class="rows">
      {papers.map((paper) => (
        <li key={paper.id} class="row">
          <Icon name="file-text" />
          <span class="row__main">
            <a href={`/api/papers/${paper.id}/file`} download={paper.name} class="rows__name">
              {paper.name}
            </a>
            <span class="fine">{size(paper.size)}</span>
          </span>
          {onRemove && (
            <button class="btn btn--quiet btn--small" type="button" aria-label={`Remove ${paper.name}`} onClick={() => onRemove(paper)}>
              Remove
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

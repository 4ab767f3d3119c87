/** Shows a message's Markdown as elements. */
import type { ComponentChildren, VNode } from "preact";
import { useMemo } from "preact/hooks";
import { type Block, type Inline, parse } from "./markdown.ts";

interface Props {
  source: string;
  /** Who looks: a mention of them stands out. */
  own: string;
  children?: ComponentChildren;
}

export function Markdown({ source, own, children }: Props): VNode {
  const blocks = useMemo(() => parse(source), [source]);
  return (
    <div class="markdown">
      {blocks.map((block, n) => (
        <BlockView key={n} block={block} own={own} />
      ))}
      {children}
    </div>
  );
}

function BlockView({ block, own }: { block: Block; own: string }): VNode {
  switch (block.kind) {
    case "paragraph":
      return <p dir="auto">{spans(block.children, own)}</p>;
    case "heading":
      return (
        <p dir="auto">
          <strong>{spans(block.children, own)}</strong>
        </p>
      );
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre tabIndex={0} data-language={block.language}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote>
          {block.children.map((inner, n) => (
            <BlockView key={n} block={inner} own={own} />
          ))}
        </blockquote>
      );
    case "list": {
      const items = block.items.map((item, n) => <li key={n}>{spans(item, own)}</li>);
      return block.start === null ? (
        <ul dir="auto">{items}</ul>
      ) : (
        <ol dir="auto" start={block.start}>
          {items}
        </ol>
      );
    }
  }
}

function spans(children: readonly Inline[], own: string): VNode[] {
  return children.map((inline, n) => <InlineView key={n} inline={inline} own={own} />);
}

function InlineView({ inline, own }: { inline: Inline; own: string }): VNode {
  switch (inline.kind) {
    case "text":
      return <>{inline.text}</>;
    case "code":
      return <code>{inline.text}</code>;
    case "break":
      return <br />;
    case "strong":
      return <strong>{spans(inline.children, own)}</strong>;
    case "em":
      return <em>{spans(inline.children, own)}</em>;
    case "del":
      return <del>{spans(inline.children, own)}</del>;
    case "mention": {
      const isMine = inline.name.toLowerCase() === own.toLowerCase();
      return <span class={isMine ? "mention mention-me" : "mention"}>@{inline.name}</span>;
    }
    case "link":
      return (
        <a href={inline.href} target="_blank" rel="noopener noreferrer nofollow">
          {spans(inline.children, own)}
        </a>
      );
  }
}

"""What language models cost, in US$ per million tokens."""

# Written by `metricloom prices --import`, digest abfc7eb039f3abec.
# Add models, or bring all up to date: metricloom prices --import [PROVIDER:MODEL…] -o THIS_FILE
# A price of your own is no matter of this file: give it to a site, Site(prices={"llm_claude_haiku_4_5_input": …}).

from datetime import date
from functools import partial

from metricloom import MILLION, ModelPrices, Price

per_million = partial(Price, per=MILLION, unit="tokens", source="genai-prices 0.2.3", checked=date(2026, 11, 10))

MODEL_PRICES: list[ModelPrices] = [
    ModelPrices(
        model="claude-haiku-4-5",
        provider="anthropic",
        aliases=["claude-4-5-haiku", "claude-4.5-haiku", "claude-haiku-4.5"],
        note="charged apart: web searches",
        input=per_million("llm_claude_haiku_4_5_input", 1, note="other rates: batch"),
        cache_read=per_million("llm_claude_haiku_4_5_cache_read", 0.1, note="other rates: batch"),
        cache_write=per_million("llm_claude_haiku_4_5_cache_write", 1.25, note="cached for 1h: 2; other rates: batch"),
        output=per_million("llm_claude_haiku_4_5_output", 5, note="other rates: batch"),
    ),
    ModelPrices(
        model="claude-opus-4-5",
        provider="anthropic",
        aliases=["claude-4-5-opus", "claude-4.5-opus", "claude-opus-4.5"],
        note="charged apart: web searches",
        input=per_million("llm_claude_opus_4_5_input", 5, note="other rates: batch"),
        cache_read=per_million("llm_claude_opus_4_5_cache_read", 0.5, note="other rates: batch"),
        cache_write=per_million("llm_claude_opus_4_5_cache_write", 6.25, note="cached for 1h: 10; other rates: batch"),
        output=per_million("llm_claude_opus_4_5_output", 25, note="other rates: batch"),
    ),
    ModelPrices(
        model="claude-sonnet-4-5",
        provider="anthropic",
        aliases=["claude-sonnet-4.5"],
        note="charged apart: web searches",
        input=per_million(
            "llm_claude_sonnet_4_5_input",
            3,
            note="base price, but 6 in calls above 200,000 input tokens; other rates: batch",
        ),
        cache_read=per_million(
            "llm_claude_sonnet_4_5_cache_read",
            0.3,
            note="base price, but 0.6 in calls above 200,000 input tokens; other rates: batch",
        ),
        cache_write=per_million(
            "llm_claude_sonnet_4_5_cache_write",
            3.75,
            note="base price, but 7.5 in calls above 200,000 input tokens; cached for 1h: 6; other rates: batch",
        ),
        output=per_million(
            "llm_claude_sonnet_4_5_output",
            15,
            note="base price, but 22.5 in calls above 200,000 input tokens; other rates: batch",
        ),
    ),
    ModelPrices(
        model="deepseek-v4-pro",
        provider="deepseek",
        input=per_million(
            "llm_deepseek_v4_pro_input", 0.66, note="base price, but 1.32 from 01:00 to 04:00 and 06:00 to 10:00 UTC"
        ),
        cache_read=per_million(
            "llm_deepseek_v4_pro_cache_read",
            0.022,
            note="base price, but 0.044 from 01:00 to 04:00 and 06:00 to 10:00 UTC",
        ),
        cache_write=per_million(
            "llm_deepseek_v4_pro_cache_write",
            0.66,
            note="charged as input; base price, but 1.32 from 01:00 to 04:00 and 06:00 to 10:00 UTC",
        ),
        output=per_million(
            "llm_deepseek_v4_pro_output", 1.98, note="base price, but 3.96 from 01:00 to 04:00 and 06:00 to 10:00 UTC"
        ),
    ),
    ModelPrices(
        model="gemini-2.5-flash",
        provider="google",
        aliases=["gemini-2.5-flash-latest", "gemini-2.5-flash-preview-09-2025"],
        note="charged apart: web searches",
        input=per_million("llm_gemini_2_5_flash_input", 0.3, note="audio: 1; other rates: batch"),
        cache_read=per_million("llm_gemini_2_5_flash_cache_read", 0.03, note="audio: 0.1"),
        cache_write=per_million("llm_gemini_2_5_flash_cache_write", 0.3, note="charged as input; other rates: batch"),
        output=per_million("llm_gemini_2_5_flash_output", 2.5, note="other rates: batch"),
    ),
    ModelPrices(
        model="gemini-2.5-pro",
        provider="google",
        note="charged apart: web searches",
        input=per_million(
            "llm_gemini_2_5_pro_input",
            1.25,
            note="base price, but 2.5 in calls above 200,000 input tokens; other rates: batch",
        ),
        cache_read=per_million(
            "llm_gemini_2_5_pro_cache_read", 0.125, note="base price, but 0.25 in calls above 200,000 input tokens"
        ),
        cache_write=per_million(
            "llm_gemini_2_5_pro_cache_write",
            1.25,
            note="charged as input; base price, but 2.5 in calls above 200,000 input tokens; other rates: batch",
        ),
        output=per_million(
            "llm_gemini_2_5_pro_output",
            10,
            note="base price, but 15 in calls above 200,000 input tokens; other rates: batch",
        ),
    ),
    ModelPrices(
        model="gemini-3.8-flash",
        provider="google",
        aliases=["gemini-flash-latest"],
        note="charged apart: web searches",
        input=per_million(
            "llm_gemini_3_8_flash_input", 0.75, changes={date(2027, 1, 1): 1.5}, note="other rates: batch"
        ),
        cache_read=per_million(
            "llm_gemini_3_8_flash_cache_read", 0.075, changes={date(2027, 1, 1): 0.15}, note="other rates: batch"
        ),
        cache_write=per_million(
            "llm_gemini_3_8_flash_cache_write",
            0.75,
            changes={date(2027, 1, 1): 1.5},
            note="charged as input; other rates: batch",
        ),
        output=per_million(
            "llm_gemini_3_8_flash_output", 3.75, changes={date(2027, 1, 1): 7.5}, note="other rates: batch"
        ),
    ),
    ModelPrices(
        model="mistral-large-4",
        provider="mistral",
        aliases=["mistral-large-4-0"],
        input=per_million("llm_mistral_large_4_input", 0.7, note="other rates: batch"),
        cache_read=per_million("llm_mistral_large_4_cache_read", 0.07, note="other rates: batch"),
        cache_write=per_million("llm_mistral_large_4_cache_write", 0.7, note="charged as input; other rates: batch"),
        output=per_million("llm_mistral_large_4_output", 2.1, note="other rates: batch"),
    ),
    ModelPrices(
        model="gpt-4o",
        provider="openai",
        aliases=["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"],
        note="charged apart: storage searches, web searches",
        input=per_million("llm_gpt_4o_input", 2.5, note="other rates: batch, fast, priority"),
        cache_read=per_million("llm_gpt_4o_cache_read", 1.25, note="other rates: fast, priority"),
        cache_write=per_million(
            "llm_gpt_4o_cache_write", 2.5, note="charged as input; other rates: batch, fast, priority"
        ),
        output=per_million("llm_gpt_4o_output", 10, note="other rates: batch, fast, priority"),
    ),
    ModelPrices(
        model="gpt-4o-mini",
        provider="openai",
        aliases=["gpt-4o-mini-2024-07-18", "gpt-4o-mini-search-preview", "gpt-4o-mini-search-preview-2025-03-11"],
        note="charged apart: storage searches, web searches",
        input=per_million("llm_gpt_4o_mini_input", 0.15, note="other rates: batch, fast, priority"),
        cache_read=per_million("llm_gpt_4o_mini_cache_read", 0.075, note="other rates: fast, priority"),
        cache_write=per_million(
            "llm_gpt_4o_mini_cache_write", 0.15, note="charged as input; other rates: batch, fast, priority"
        ),
        output=per_million("llm_gpt_4o_mini_output", 0.6, note="other rates: batch, fast, priority"),
    ),
    ModelPrices(
        model="gpt-5",
        provider="openai",
        aliases=["gpt-5-2025-08-07", "gpt-5-chat", "gpt-5-chat-latest", "gpt-5-codex"],
        note="charged apart: storage searches, web searches",
        input=per_million("llm_gpt_5_input", 1.25, note="other rates: batch, fast, flex, priority"),
        cache_read=per_million("llm_gpt_5_cache_read", 0.125, note="other rates: batch, fast, flex, priority"),
        cache_write=per_million(
            "llm_gpt_5_cache_write", 1.25, note="charged as input; other rates: batch, fast, flex, priority"
        ),
        output=per_million("llm_gpt_5_output", 10, note="other rates: batch, fast, flex, priority"),
    ),
    ModelPrices(
        model="o3",
        provider="openai",
        aliases=["o3-2025-04-16"],
        note="charged apart: storage searches, web searches",
        input=per_million("llm_o3_input", 2, note="other rates: batch, fast, flex, priority"),
        cache_read=per_million("llm_o3_cache_read", 0.5, note="other rates: fast, flex, priority"),
        cache_write=per_million(
            "llm_o3_cache_write", 2, note="charged as input; other rates: batch, fast, flex, priority"
        ),
        output=per_million("llm_o3_output", 8, note="other rates: batch, fast, flex, priority"),
    ),
]

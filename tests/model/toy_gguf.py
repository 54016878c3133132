"""A toy Llama as a GGUF file, written as llama.cpp's converter writes them."""

from __future__ import annotations

from pathlib import Path

from toys import CHATML, SEED, SPECIALS

WIDTH, HEADS, KV_HEADS, INNER, LAYERS = 32, 4, 2, 64, 2


def toy_llama():
    """Return a random Llama whose vocabulary is the 256 bytes, a double space, "ab" and four special tokens."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=262,
                hidden_size=WIDTH,
                intermediate_size=INNER,
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                num_key_value_heads=KV_HEADS,
                max_position_embeddings=128,
                rms_norm_eps=1e-5,
                rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
                tie_word_embeddings=True,
                bos_token_id=258,
                eos_token_id=260,
            )
        )
        for parameter in model.parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def write_gguf(path: Path, model) -> Path:
    """Write the toy with float32 weights, its tokenizer (`smollm`, which cuts numbers into digits) and ChatML."""
    import gguf
    from tokenizers import pre_tokenizers

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(262)
    writer.add_file_type(0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list([*sorted(pre_tokenizers.ByteLevel.alphabet()), "ĠĠ", "ab", *SPECIALS])
    writer.add_token_types([1] * 258 + [3] * 4)
    writer.add_token_merges(["Ġ Ġ", "a b"])
    writer.add_bos_token_id(258)
    writer.add_eos_token_id(260)
    writer.add_chat_template(CHATML)
    for name, array in _tensors(model):
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(model):
    names = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    state = {name: weight.detach().numpy() for name, weight in model.state_dict().items()}
    yield "token_embd.weight", state["model.embed_tokens.weight"]
    yield "output_norm.weight", state["model.norm.weight"]
    for layer in range(LAYERS):
        for theirs, ours in names.items():
            weight = state[f"model.layers.{layer}.{theirs}.weight"]
            heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(ours)
            if heads is not None:
                # llama.cpp turns neighbours in pairs where transformers turns halves, so the rows are interleaved.
                weight = weight.reshape(heads, 2, -1, WIDTH).swapaxes(1, 2).reshape(weight.shape)
            yield f"blk.{layer}.{ours}.weight", weight

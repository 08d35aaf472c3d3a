#include <algorithm>

#include "core/config/schema_builder.h"
#include "core/config/schema_parts.h"
#include "core/model/lora.h"
#include "core/text/nearest_name.h"

namespace ahascope::config {

namespace {

constexpr double largestSize = 1 << 20;

void checkNewModel(const NewModel& model, const std::string& path, std::vector<Problem>& problems)
{
    if (model.kvHeads > 0 && model.heads % model.kvHeads != 0) {
        problems.push_back({path + "kv_heads",
            std::to_string(model.kvHeads) + " does not divide heads = " + std::to_string(model.heads),
            "choose a divisor of heads"});
    }
    if (model.headDim % 2 != 0) {
        problems.push_back({path + "head_dim", "is odd; the rotary embedding turns pairs", "choose an even number"});
    }
    if (model.family == "llama" && model.slidingWindow > 0) {
        problems.push_back({path + "sliding_window", "a llama sees everything before a token",
            "set it to 0, or choose another family"});
    }
}

void checkModel(const ModelSource& model, const std::string& path, std::vector<Problem>& problems)
{
    if (model.path.empty() && !model.create) {
        problems.push_back(
            {path + "path", "there is no model", "name a Hugging Face folder, or describe a new model in [model.new]"});
    } else if (!model.path.empty() && model.create) {
        problems.push_back({path + "path", "there are both a folder and a new model", "remove one of them"});
    }
    if (model.create && (model.lora || !model.adapter.empty())) {
        problems.push_back({path + (model.lora ? "lora" : "adapter"), "a new model has nothing yet to adapt",
            "remove it, or name a folder in model.path"});
    } else if (model.lora && !model.adapter.empty()) {
        problems.push_back(
            {path + "adapter", "there are both an adapter to go on with and a new one", "remove one of them"});
    }
}

void checkLora(const Lora& lora, const std::string& path, std::vector<Problem>& problems)
{
    const std::vector<std::string>& known = model::loraModuleNames();
    const std::vector<std::string> names = targetModules(lora);
    if (names.empty()) {
        problems.push_back({path + "target_modules", "names no module", "write \"all-linear\""});
    }
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            problems.push_back(
                {path + "target_modules", "there is no module \"" + name + "\"", text::nameRemedy(name, known)});
        }
    }
}

Schema tokenizerSchema()
{
    return SchemaBuilder<TokenizerRecipe>("Tokenizer", "How the tokenizer of a new model is made.")
        .choice("type", &TokenizerRecipe::type, {"words", "bpe"},
            "words: every word of the corpus is one token; bpe: merges are learnt from texts of the corpus.")
        .integer("vocab_size", &TokenizerRecipe::vocabSize, {0, largestSize, "tokens"},
            "Size of the vocabulary of bpe; 0 takes as many tokens as words would.")
        .integer("texts", &TokenizerRecipe::texts, {1, 1e6, "texts"}, "Texts of the corpus that bpe learns from.")
        .advanced()
        .build("tokenizer");
}

Schema newModelSchema()
{
    return SchemaBuilder<NewModel>("New model", "The shape of a model made from nothing, for pre-training.")
        .choice("family", &NewModel::family, {"qwen2", "qwen3", "llama", "mistral"},
            "Layout; qwen2 has biases on query, key and value, qwen3 norms of query and key.")
        .integer("layers", &NewModel::layers, {1, 1000, "layers"}, "Number of decoder layers.")
        .integer("hidden_size", &NewModel::hiddenSize, {1, largestSize}, "Width of the residual stream.")
        .integer("heads", &NewModel::heads, {1, 1024, "heads"}, "Attention heads.")
        .integer("kv_heads", &NewModel::kvHeads, {1, 1024, "heads"},
            "Heads of keys and values; fewer than heads share them in groups.")
        .integer("head_dim", &NewModel::headDim, {2, 1024}, "Width of one head.")
        .integer("intermediate_size", &NewModel::intermediateSize, {1, largestSize}, "Width inside the gated MLP.")
        .integer("max_positions", &NewModel::maxPositions, {1, largestSize, "tokens"},
            "Longest prompt and completion together.")
        .integer("sliding_window", &NewModel::slidingWindow, {0, largestSize, "tokens"},
            "A token sees itself and the tokens before it, so many in all; 0 = everything before it.")
        .advanced()
        .number("rope_theta", &NewModel::ropeTheta, {2, 1e11}, "Base of the rotary embedding's wave lengths.")
        .advanced()
        .number("rms_norm_eps", &NewModel::rmsNormEps, {1e-12, 0.1}, "Added to the mean square in every norm.")
        .advanced()
        .boolean("tie_word_embeddings", &NewModel::tieWordEmbeddings, "The output head is the embedding table.")
        .advanced()
        .number("initializer_range", &NewModel::initializerRange, {1e-6, 1}, "Standard deviation of the first weights.")
        .advanced()
        .section("tokenizer", &NewModel::tokenizer, tokenizerSchema())
        .check(checkNewModel)
        .build("new_model");
}

Schema loraSchema()
{
    return SchemaBuilder<Lora>("LoRA", "A low-rank adapter of the model's linear modules.")
        .integer("r", &Lora::r, {1, 65536}, "Rank of the adapter's matrices.")
        .number("lora_alpha", &Lora::loraAlpha, {1e-6, 1e6}, "The adapter's product is scaled by lora_alpha / r.")
        .text("target_modules", &Lora::targetModules,
            "What is adapted: all-linear, or some of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, "
            "separated by commas.")
        .boolean("use_rslora", &Lora::useRslora, "Scales by lora_alpha / sqrt(r) instead (rank-stabilised LoRA).")
        .advanced()
        .check(checkLora)
        .build("lora");
}

// A table that need not be there.
template <class Part>
Section optionalSection(std::string key, std::string help, std::optional<Part> ModelSource::*member, Schema (*schema)())
{
    const auto part
        = [member](void* owner) -> std::optional<Part>& { return static_cast<ModelSource*>(owner)->*member; };
    Section section;
    section.key = std::move(key);
    section.help = std::move(help);
    section.optional = true;
    section.present
        = [member](const void* owner) { return (static_cast<const ModelSource*>(owner)->*member).has_value(); };
    section.setPresent = [part](void* owner, bool present) {
        if (!present) {
            part(owner).reset();
        } else if (!part(owner)) {
            part(owner).emplace();
        }
    };
    section.object = [part](void* owner) -> void* { return part(owner) ? &*part(owner) : nullptr; };
    section.schema = [schema](const void*) { return schema(); };
    return section;
}

} // namespace

Schema modelSchema()
{
    return SchemaBuilder<ModelSource>("Model", "The model that the first stage begins with.")
        .folder("path", &ModelSource::path, "Folder of the base model, in Hugging Face layout.")
        .folder("adapter", &ModelSource::adapter,
            "Folder of a LoRA adapter in PEFT's layout, to go on training; the model itself stays as it is.")
        .choice("dtype", &ModelSource::dtype, {"f32", "bf16"},
            "Of the model's matrices in memory; bf16 takes half, and updates are rounded stochastically. An adapter is "
            "f32.")
        .advanced()
        .section(optionalSection("lora", "A new LoRA adapter: it alone is trained, and the model stays as it is.",
            &ModelSource::lora, loraSchema))
        .section(optionalSection("new", "A new model with random weights instead of one from a folder.",
            &ModelSource::create, newModelSchema))
        .check(checkModel)
        .build("model");
}

Schema templateSchema()
{
    return SchemaBuilder<TemplateSource>(
        "Template", "How a question becomes the prompt; the R1-Zero template if empty.")
        .file("file", &TemplateSource::file, "Template file; {{prompt}} in it is the question.")
        .longText("text", &TemplateSource::text, "The template itself, instead of a file.")
        .build("template");
}

} // namespace ahascope::config

// The sets of an experiment, opened.
#pragma once

#include <memory>

#include "core/config/experiment.h"
#include "core/data/corpus.h"
#include "core/data/dataset.h"

namespace ahascope::pipeline {

// "auto" is the training side for data.train and the held-out side for every other set of a task; a file is taken
// whole.
data::Split splitOf(const config::DataSource& source, bool training);

// The rows of a set. Throws InputError.
data::Dataset openDataset(const config::Experiment& experiment, const config::DataSource& source, bool training);

// The task of a set; null for a file. Throws InputError for options that cannot be.
std::shared_ptr<const data::Task> openTask(const config::DataSource& source);

// The corpus of a task for supervised stages: always the training side of the split.
data::Corpus openCorpus(const config::Experiment& experiment, const config::DataSource& source);

// data.train or the set of that name. Throws InputError when there is none.
const config::DataSource& sourceNamed(const config::Experiment& experiment, const std::string& name);

} // namespace ahascope::pipeline

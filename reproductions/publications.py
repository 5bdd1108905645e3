"""Every reproduction, in the order of the page. A new one is one file and one line here."""

from reproductions.besiroglu import reproduce_besiroglu
from reproductions.bigbench import reproduce_bigbench
from reproductions.epoch import reproduce_epoch
from reproductions.gadre import reproduce_gadre
from reproductions.hoffmann import reproduce_hoffmann
from reproductions.llama3 import reproduce_llama3
from reproductions.monkeys import reproduce_monkeys
from reproductions.muennighoff import reproduce_muennighoff
from reproductions.olmo import reproduce_olmo
from reproductions.porian import reproduce_porian
from reproductions.published_forecasts import reproduce_forecasts
from reproductions.ruan import reproduce_ruan
from reproductions.runner import Reproduce

REPRODUCTIONS: dict[str, Reproduce] = {
    "Besiroglu et al. 2024": reproduce_besiroglu,
    "Hoffmann et al. 2022": reproduce_hoffmann,
    "Porian et al. 2024": reproduce_porian,
    "Llama 3": reproduce_llama3,
    "Muennighoff et al. 2023": reproduce_muennighoff,
    "Gadre et al. 2024": reproduce_gadre,
    "OLMo ladder": reproduce_olmo,
    "Ruan et al. 2024": reproduce_ruan,
    "Wei et al. 2022 on BIG-bench": reproduce_bigbench,
    "Large Language Monkeys": reproduce_monkeys,
    "Epoch AI's benchmarks": reproduce_epoch,
    "Forecasts on published data": reproduce_forecasts,
}
